import { setTimeout as wait } from "node:timers/promises";

/** Milliseconds over which something is tried again: below the 10 s after which clients send again. */
const TOTAL = 8_000;
/** Milliseconds between two tries: the first, and the longest. */
const FIRST = 5;
const LONGEST = 500;

/** Tries again what failed for a reason that passes. */
export class Patience {
  readonly #now: () => number;
  #closed = false;

  /** `now` is in milliseconds of a clock that never jumps. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** No further tries, so that a store can close while its database is away. */
  close(): void {
    this.#closed = true;
  }

  /** Runs `body` until it succeeds, `mayPass` refuses its error, or the time is up; then rejects with the last error. */
  async run<T>(body: () => Promise<T>, mayPass: (error: unknown) => boolean): Promise<T> {
    const end = this.#now() + TOTAL;
    let pause = FIRST;
    while (true) {
      try {
        return await body();
      } catch (error) {
        if (!mayPass(error) || this.#closed || this.#now() + pause > end) throw error;
      }
      // Two that wait for each other must not meet again.
      await wait(pause * (0.5 + Math.random()));
      pause = Math.min(pause * 2, LONGEST);
    }
  }
}
