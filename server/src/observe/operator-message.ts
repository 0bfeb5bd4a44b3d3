import { OperatorError, UsageError } from "../store/base/operator-error.ts";

/** Result codes of SQLite that point to the disk or to permissions (sqlite.org/rescode.html). */
const SQLITE: Readonly<Record<number, string>> = {
  5: "The store is busy: another program has locked it. Try again in a moment.",
  8: "This user may not write to the store's folder or to one of its files. Check who owns DATA_DIR.",
  10: "The disk reports an error on the store's files. Check the system's log before you do anything else.",
  11: "The store's file is damaged. `npm run parley -- doctor` lists the damage; docs/operate/README.md says what to do.",
  13: "The disk is full. Make space, then start again.",
  14: "The store's files cannot be opened. Check that DATA_DIR exists and belongs to this user.",
  26: "DATA_DIR holds a parley.db that is not a SQLite file. Restore a backup, or name another folder.",
};

const NO_ADDRESS =
  "HOST is not an address of this machine, nor a name of one. Use 127.0.0.1 for this machine only, or 0.0.0.0 for all of its addresses.";

/** Properties of errors of the operating system and of SQLite. */
type ErrorCodes = {
  readonly code?: string;
  readonly errcode?: number;
  readonly path?: string;
  readonly syscall?: string;
};

/**
 * The text that the operator reads when a start or a command fails: what happened and what to do, on one line. An error
 * that is neither an OperatorError nor one of the system or of SQLite is a bug: the text says so, and what to report.
 */
export function operatorMessage(error: unknown): string {
  if (error instanceof OperatorError) return error.message;
  const codes = (error ?? {}) as ErrorCodes;
  const message = error instanceof Error ? error.message : String(error);
  if (codes.errcode !== undefined)
    return SQLITE[codes.errcode & 0xff] ?? `SQLite reports: ${message} (code ${codes.errcode}).`;
  return (
    systemMessage(codes) ??
    (codes.syscall === undefined ? bugMessage(error, message) : `The operating system reports: ${message}.`)
  );
}

/** The exit code of a process that ends with this error: 2 when the command line or a setting has to be changed, else 1. */
export function exitCodeOf(error: unknown): number {
  return error instanceof UsageError ? 2 : 1;
}

function systemMessage({ code, path, syscall }: ErrorCodes): string | null {
  const where = path === undefined ? "" : ` (${path})`;
  switch (code) {
    case "EADDRINUSE":
      return "Another program uses that port. Stop it, or choose another port: npm start -- --port 9000";
    case "EADDRNOTAVAIL":
      return NO_ADDRESS;
    case "EINVAL":
    case "ENOTFOUND":
    case "EAI_AGAIN":
      // The runtime reports a HOST whose name has no address in these ways.
      return syscall === "listen" || syscall === "getaddrinfo" ? NO_ADDRESS : null;
    case "EACCES":
    case "EPERM":
      return `This user may not use that port or folder${where}. Ports below 1024 need extra rights: try --port 9000. A folder must belong to this user: try another --data-dir.`;
    case "EROFS":
      return `That folder is on a read-only disk${where}. Name another one with --data-dir.`;
    case "ENOTDIR":
    case "EEXIST":
      return `There is a file where a folder is needed${where}. Name another folder with --data-dir.`;
    case "ENOENT":
      return `There is no such file or folder, and it cannot be created${where}.`;
    case "ENOSPC":
      return `The disk is full${where}. Make space, then try again.`;
    default:
      return null;
  }
}

function bugMessage(error: unknown, message: string): string {
  const name = error instanceof Error ? error.name : "Error";
  return (
    `Unexpected ${name}: ${message.replaceAll("\n", " ")}. This is a bug in Parley, not something you did. Report it to the ` +
    "maintainers, with the output of the same command under LOG_LEVEL=debug."
  );
}
