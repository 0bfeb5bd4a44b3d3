import type { Timing } from "../signals/timing.ts";

/** How often the clock is advanced. Milliseconds. */
const TICK = 100;
/** The most that one turn of the loop adds, however long it took. Milliseconds. */
const MOST = 2 * TICK;

/**
 * The clock that buckets are filled by. It runs with the steady one, except while the process itself was blocked: from a
 * turn of the loop that took seconds no more than MOST is counted. Otherwise work that blocks the server would pay for the
 * next such work.
 */
export class RefillClock {
  readonly #timing: Timing;
  #value = 0;
  #advanced: number;
  #cancelTimer: () => void;

  constructor(timing: Timing) {
    this.#timing = timing;
    this.#advanced = timing.now();
    this.#cancelTimer = timing.after(TICK, () => this.#advance());
  }

  /** Milliseconds of this clock. */
  now(): number {
    return this.#value + Math.max(0, Math.min(MOST, this.#timing.now() - this.#advanced));
  }

  close(): void {
    this.#cancelTimer();
  }

  #advance(): void {
    this.#value = this.now();
    this.#advanced = this.#timing.now();
    this.#cancelTimer = this.#timing.after(TICK, () => this.#advance());
  }
}
