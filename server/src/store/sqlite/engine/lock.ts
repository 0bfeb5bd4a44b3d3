import { DatabaseSync } from "node:sqlite";
import { OperatorError } from "../../base/operator-error.ts";

const SQLITE_BUSY = 5;

/**
 * Locks a store against a second process: an exclusive transaction on a file beside it, for as long as this process lives.
 * The kernel releases it with the process, also after kill -9 and across containers, where a file with a process id fails.
 *
 * @throws OperatorError when another process has the lock.
 */
export function lockStore(path: string): { release(): void } {
  const lock = tryLock(path);
  if (lock) return lock;
  throw new OperatorError(
    `Another Parley is running on this data folder (${path} is locked). Stop it first, or set DATA_DIR to another folder.`,
  );
}

/** The same, or null when another process has the lock. */
export function tryLock(path: string): { release(): void } | null {
  const database = new DatabaseSync(path);
  try {
    database.exec("PRAGMA busy_timeout = 0");
    database.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    database.close();
    if (typeof error === "object" && error !== null && "errcode" in error && error.errcode === SQLITE_BUSY) {
      return null;
    }
    throw error;
  }
  return { release: () => database.close() };
}
