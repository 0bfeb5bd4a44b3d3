/** Result codes of SQLite that say something about the disk or the rights on it (sqlite.org/rescode.html). */
const SQLITE: Readonly<Record<number, string>> = {
  5: "The store is busy: another program holds it. Try again in a moment.",
  8: "The store's folder or one of its files may not be written by this user. Check who owns DATA_DIR.",
  10: "The disk reports an error on the store's files. Look at the system's log before anything else.",
  11: "The store's file is damaged. `npm run parley -- doctor` says how; docs/operate/README.md says what to do.",
  13: "The disk is full. Make space, then start again.",
  14: "The store's files cannot be opened. Check that DATA_DIR exists and belongs to this user.",
  26: "DATA_DIR holds a parley.db that is no SQLite file. Restore a backup, or name another folder.",
};

const NO_ADDRESS =
  "HOST is no address of this machine, and no name of one. Use 127.0.0.1 for this machine only, or 0.0.0.0 for all of its addresses.";

/** What a person can do about an error at the start or of a command, in a sentence. */
export function operatorMessage(error: unknown): string {
  const { code, errcode, path, syscall } = (error ?? {}) as {
    code?: string;
    errcode?: number;
    path?: string;
    syscall?: string;
  };
  const where = path === undefined ? "" : ` (${path})`;
  switch (code) {
    case "EADDRINUSE":
      return "That port is taken by another program. Stop it, or choose another: npm start -- --port 9000";
    case "EADDRNOTAVAIL":
      return NO_ADDRESS;
    case "EINVAL":
    case "ENOTFOUND":
    case "EAI_AGAIN":
      // The runtime's answer to a HOST whose name has no address.
      if (syscall === "listen" || syscall === "getaddrinfo") return NO_ADDRESS;
      break;
    case "EACCES":
    case "EPERM":
      return `This user may not use that port or folder${where}. Ports below 1024 need rights: try --port 9000. A folder has to belong to this user: try another --data-dir.`;
    case "EROFS":
      return `That folder lies on a disk that cannot be written${where}. Name another one with --data-dir.`;
    case "ENOTDIR":
    case "EEXIST":
      return `A file stands where a folder is needed${where}. Name another folder with --data-dir.`;
    case "ENOENT":
      return `There is no such file or folder, and it cannot be made${where}.`;
    case "ENOSPC":
      return `The disk is full${where}. Make space, then try again.`;
    default:
  }
  const message = error instanceof Error ? error.message : String(error);
  return SQLITE[(errcode ?? saidByWorker(message)) & 0xff] ?? message;
}

/** An error that comes from another thread is only its words. */
function saidByWorker(message: string): number {
  if (message.includes("disk image is malformed")) return 11;
  return message.includes("file is not a database") ? 26 : 0;
}
