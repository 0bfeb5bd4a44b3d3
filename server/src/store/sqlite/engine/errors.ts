/** Result codes of SQLite (sqlite.org/rescode.html); the low byte is the primary code. */
const IOERR = 10;
const CORRUPT = 11;
const FULL = 13;
const NOTADB = 26;
/** The shared-memory file of the log could not grow: a full disk, before anything was written. */
const IOERR_SHMSIZE = IOERR | (19 << 8);

/**
 * What an error of SQLite means for the server. `fatal`: the content of the disk is unknown, the process must end. `full`:
 * nothing was written, and a retry can succeed when there is space again. `other`: this transaction was rolled back.
 */
export type Failure = "fatal" | "full" | "other";

export function failure(error: unknown): Failure {
  const code = typeof error === "object" && error !== null && "errcode" in error ? Number(error.errcode) : 0;
  if (code === IOERR_SHMSIZE) return "full";
  switch (code & 0xff) {
    case FULL:
      return "full";
    case IOERR:
    case CORRUPT:
    case NOTADB:
      return "fatal";
    default:
      return "other";
  }
}
