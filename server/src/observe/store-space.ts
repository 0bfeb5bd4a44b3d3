import { open, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Log } from "./log.ts";

/** Why the store refuses writes for want of space. The names are on `/readyz`. */
export type SpaceProblem = keyof typeof SENTENCES;

/** What the log says when it begins. */
const SENTENCES = {
  disk_full:
    "the disk of DATA_DIR is full: writes are refused, reads go on, clients keep what they send. Make space; no restart is needed.",
} as const;

/** Between checks whether there is space again. Milliseconds. */
const CHECK_EVERY = 5_000;
/** Between two pairs of lines in the log. Milliseconds. */
const LINES_EVERY = 60_000;

export type StoreSpaceParts = {
  readonly log: Pick<Log, "warn">;
  /** Milliseconds of a clock that never jumps. */
  readonly monotonicNow: () => number;
  /** Whether the folder of the store takes a write. */
  readonly hasSpace: () => Promise<boolean>;
  /** Runs something after so many milliseconds; the returned function cancels that. */
  readonly later: (run: () => void, milliseconds: number) => () => void;
};

/**
 * Whether the store has space to write. The one place where that is known: all that refuses writes for want of space tells
 * it, and `/readyz`, the metrics and the log ask it. It ends with the next write that succeeds, or when a check finds space:
 * a balancer that sends no writes meanwhile would otherwise never hear of the end.
 */
export class StoreSpace {
  readonly #parts: StoreSpaceParts;
  #problem: SpaceProblem | null = null;
  #logged = false;
  #lastLine = Number.NEGATIVE_INFINITY;
  #cancel: (() => void) | null = null;

  constructor(parts: StoreSpaceParts) {
    this.#parts = parts;
  }

  /** Null while there is space. */
  get problem(): SpaceProblem | null {
    return this.#problem;
  }

  /** A write was refused for want of space. */
  refused(problem: SpaceProblem): void {
    if (this.#problem === problem) return;
    this.#problem = problem;
    const now = this.#parts.monotonicNow();
    if (now - this.#lastLine >= LINES_EVERY) {
      this.#lastLine = now;
      this.#logged = true;
      // No error: errors are defects of the server.
      this.#parts.log.warn({ problem }, SENTENCES[problem]);
    }
    this.#checkLater();
  }

  /** A write succeeded. */
  written(): void {
    if (this.#problem === null) return;
    const problem = this.#problem;
    this.#problem = null;
    this.close();
    if (this.#logged) this.#parts.log.warn({ problem }, "the disk of DATA_DIR takes writes again");
    this.#logged = false;
  }

  /** Ends the checks. */
  close(): void {
    this.#cancel?.();
    this.#cancel = null;
  }

  #checkLater(): void {
    this.#cancel?.();
    this.#cancel = this.#parts.later(() => void this.#check(), CHECK_EVERY);
  }

  async #check(): Promise<void> {
    this.#cancel = null;
    if (await this.#parts.hasSpace()) this.written();
    else if (this.#problem !== null) this.#checkLater();
  }
}

/** A batch of the store fits several times. */
const PROBE_BYTES = 1 << 20;

/** Writes a file into the folder and removes it: quotas are seen, too, which free space does not show. Never rejects. */
export async function takesWrites(folder: string): Promise<boolean> {
  const path = join(folder, "space.probe");
  try {
    const file = await open(path, "w", 0o600);
    try {
      await file.writeFile(Buffer.alloc(PROBE_BYTES));
      await file.sync();
    } finally {
      await file.close();
    }
    return true;
  } catch {
    return false;
  } finally {
    await rm(path, { force: true }).catch(() => {});
  }
}
