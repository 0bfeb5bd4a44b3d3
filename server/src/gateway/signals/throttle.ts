import type { Timing } from "./timing.ts";

/** At most one in so many milliseconds: the first at once, what is asked for meanwhile in one at the end of the time. */
export class Throttle {
  readonly #timing: Timing;
  readonly #interval: number;
  readonly #run: () => boolean;
  #last = Number.NEGATIVE_INFINITY;
  #cancelTimer: (() => void) | null = null;

  /** `run` returns false when there was nothing to say after all: then the next is again the first. */
  constructor(timing: Timing, interval: number, run: () => boolean) {
    this.#timing = timing;
    this.#interval = interval;
    this.#run = run;
  }

  /** Something was asked for and has not been said. */
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
