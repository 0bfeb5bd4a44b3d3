import { failure } from "./errors.ts";
import type { SqliteFile } from "./file.ts";

/** Pages in the log (4 KiB each) from which a checkpoint is worthwhile, and from which it cannot wait for a pause. */
const WORTH = 1_000;
const MUST = 4_000;
/** Milliseconds without a batch that count as a pause. */
const CHECKPOINT_PAUSE = 50;

/**
 * Runs checkpoints of the log in pauses of the traffic, so that a commit seldom waits for one. SQLite would run them itself
 * after every 1,000 pages, inside a commit, and would not report an I/O error; here such an error ends the process.
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

  /** To be called after each transaction, when its answer was sent. */
  written(): void {
    this.#carryFrom(MUST);
    if (this.#timer) this.#timer.refresh();
    else this.#timer = setTimeout(() => this.#paused(), CHECKPOINT_PAUSE);
  }

  /** At the end: the whole log, so that a copy of the database file alone is complete. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#checkpoint("TRUNCATE");
  }

  #paused(): void {
    this.#timer = undefined;
    this.#carryFrom(WORTH);
  }

  /** Runs a checkpoint if that many pages of the log are not in the database yet. */
  #carryFrom(pages: number): void {
    const [, inLog, carried] = this.#checkpoint("NOOP");
    if (inLog - carried >= pages) this.#checkpoint("PASSIVE");
  }

  #checkpoint(how: "NOOP" | "PASSIVE" | "TRUNCATE"): readonly [busy: number, inLog: number, carried: number] {
    try {
      return this.#file.checkpoint(how);
    } catch (error) {
      // A full disk is reported by the commits.
      if (failure(error) === "fatal") this.#fatal(error);
      return [0, 0, 0];
    }
  }
}
