/** How often the loop is sampled. Milliseconds. */
const INTERVAL = 20;
/** Samples that one pause may add: 20 s of them. A longer pause (a stopped process) counts as 20 s. */
const MOST_MISSED = 1_000;

export type LoopLagParts = {
  /** Takes one sample: seconds by which a timer fired late. */
  readonly observe: (seconds: number) => void;
  /** Milliseconds of a clock that never jumps. */
  readonly monotonicNow: () => number;
};

/**
 * Samples how late the event loop runs its timers. During a pause no timer fires, so the samples that were due in it are
 * added afterwards, each with its own delay: otherwise a pause of one second would weigh as much as 20 ms without one.
 */
export class LoopLag {
  readonly #timer: ReturnType<typeof setInterval>;

  constructor({ observe, monotonicNow }: LoopLagParts) {
    let due = monotonicNow() + INTERVAL;
    this.#timer = setInterval(() => {
      const now = monotonicNow();
      observe(Math.max(0, now - due) / 1_000);
      for (let late = now - due - INTERVAL, n = 0; late > 0 && n < MOST_MISSED; late -= INTERVAL, n++) {
        observe(late / 1_000);
      }
      due = now + INTERVAL;
    }, INTERVAL);
    this.#timer.unref();
  }

  close(): void {
    clearInterval(this.#timer);
  }
}
