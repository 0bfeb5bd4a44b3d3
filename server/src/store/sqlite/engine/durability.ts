import { OperatorError } from "../../base/operator-error.ts";
import { BUSY_MS, type SqliteFile } from "./file.ts";

/** KiB of pages that the writer keeps. A batch for many rooms touches a page of each; the default of 2 MiB thrashes. */
const CACHE_KIB = 32_768;

/** The size of the log file when it starts over: about what `Checkpoints` lets it grow to without a long reader. Bytes. */
export const LOG_BYTES = 16_777_216;

/** The values of pragmas, besides `journal_mode`, that make an acknowledged message durable. */
const NEEDED = [
  ["synchronous", 2],
  ["foreign_keys", 1],
  ["busy_timeout", BUSY_MS],
] as const;

/**
 * Sets the pragmas that durability needs and reads them back: a file system may refuse the journal, a build may ignore a
 * pragma. `unsafe` sets the weak values on purpose: a crash of the machine may lose what was acknowledged.
 *
 * @throws OperatorError when a value is weaker than needed.
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
