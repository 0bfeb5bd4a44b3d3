import type { Timing } from "./timing.ts";

/** Runs at most once in an interval: the first request at once, all further ones together at the end of the interval. */
export class Throttle {
  readonly #timing: Timing;
  readonly #interval: number;
  readonly #run: () => boolean;
  #last = Number.NEGATIVE_INFINITY;
  #cancelTimer: (() => void) | null = null;

  /** `run` returns false when there was nothing to do: then the next request counts as the first. `interval`: milliseconds. */
  constructor(timing: Timing, interval: number, run: () => boolean) {
    this.#timing = timing;
    this.#interval = interval;
    this.#run = run;
  }

  /** Whether a request waits for the end of the interval. */
  get pending(): boolean {
    return this.#cancelTimer !== null;
  }

  request(): void {
    if (this.#cancelTimer) return;
    const wait = this.#last + this.#interval - this.#timing.now();
    if (wait <= 0) this.#runNow();
    else this.#cancelTimer = this.#timing.after(wait, () => this.#runNow());
  }

  stop(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
  }

  #runNow(): void {
    this.#cancelTimer = null;
    if (this.#run()) this.#last = this.#timing.now();
  }
}
