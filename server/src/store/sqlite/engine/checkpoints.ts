import { failure } from "./errors.ts";
import type { SqliteFile } from "./file.ts";

/** Pages in the log (4 KiB each) from which it is worth carrying them into the database, and from which it cannot wait. */
const WORTH = 1_000;
const MUST = 4_000;
/** Milliseconds without a batch that count as a pause. */
const CHECKPOINT_PAUSE = 50;

/**
 * Carries the log into the database in pauses of the traffic, so that a commit seldom waits for it. SQLite would do it by
 * itself after every 1,000 pages, inside a commit, and would keep an I/O error of it to itself; here it ends the process.
 */
export class Checkpoints {
  readonly #file: SqliteFile;
  readonly #fatal: (error: unknown) => void;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(file: SqliteFile, fatal: (error: unknown) => void) {
    this.#file = file;
    this.#fatal = fatal;
    file.pragma("wal_autocheckpoint = 0");
  }

  /** To be called after each transaction, when it has been answered. */
  written(): void {
    this.#carryFrom(MUST);
    if (this.#timer) this.#timer.refresh();
    else this.#timer = setTimeout(() => this.#paused(), CHECKPOINT_PAUSE);
  }

  /** At the end: all of it, so that a copy of the database file alone is whole. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#checkpoint("TRUNCATE");
  }

  #paused(): void {
    this.#timer = undefined;
    this.#carryFrom(WORTH);
  }

  /** When that many pages of the log are not in the database yet. */
  #carryFrom(pages: number): void {
    const [, inLog, carried] = this.#checkpoint("NOOP");
    if (inLog - carried >= pages) this.#checkpoint("PASSIVE");
  }

  #checkpoint(how: "NOOP" | "PASSIVE" | "TRUNCATE"): readonly [busy: number, inLog: number, carried: number] {
    try {
      return this.#file.checkpoint(how);
    } catch (error) {
      // A full disk keeps the log growing or commits failing, which is seen there.
      if (failure(error) === "fatal") this.#fatal(error);
      return [0, 0, 0];
    }
  }
}
