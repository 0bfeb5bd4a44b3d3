import { OperatorError } from "../../base/operator-error.ts";
import { BUSY_MS, type SqliteFile } from "./file.ts";

/** KiB of pages that the writer keeps. A batch for many rooms touches a page of each; the default of 2 MiB thrashes. */
const CACHE_KIB = 32_768;

/** Bytes that the log keeps when it begins anew: about what `Checkpoints` lets it grow to without a long reader. */
export const LOG_BYTES = 16_777_216;

/** What a pragma must say, besides `journal_mode`, for an acknowledgement to mean that a message is on disk. */
const NEEDED = [
  ["synchronous", 2],
  ["foreign_keys", 1],
  ["busy_timeout", BUSY_MS],
] as const;

/**
 * Sets what durability rests on and reads it back: a file system may refuse the journal, a build may ignore a pragma.
 * `unsafe` asks for the weak setting on purpose: a crash of the machine may lose what was acknowledged.
 *
 * @throws OperatorError when a setting that was read back is weaker than what was set.
 */
export function makeDurable(file: Pick<SqliteFile, "pragma">, unsafe: boolean): void {
  file.pragma("journal_mode = WAL");
  file.pragma(`synchronous = ${unsafe ? "OFF" : "FULL"}`);
  file.pragma("foreign_keys = ON");
  file.pragma(`busy_timeout = ${BUSY_MS}`);
  // Pages that hold deleted text are overwritten where that costs no extra write.
  file.pragma("secure_delete = FAST");
  file.pragma(`cache_size = -${CACHE_KIB}`);
  file.pragma(`journal_size_limit = ${LOG_BYTES}`);
  if (unsafe) return;
  const journal = file.pragma("journal_mode");
  if (journal !== "wal") throw weaker("journal_mode", journal, "wal");
  for (const [name, needed] of NEEDED) {
    const found = file.pragma(name);
    if (Number(found) < needed) throw weaker(name, found, needed);
  }
}

function weaker(name: string, found: unknown, needed: unknown): OperatorError {
  return new OperatorError(
    `SQLite cannot promise durability here: ${name} is ${String(found)}, needed is ${String(needed)}. ` +
      "Put DATA_DIR on a local disk, or start with --unsafe-durability if losing messages in a crash is acceptable.",
  );
}
