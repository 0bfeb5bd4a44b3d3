import type { Timing } from "../gateway/signals/timing.ts";

/** A clock that only a test advances. Timers that become due run in the order of their times. */
export class FakeClock implements Timing {
  #now = 1_000_000;
  readonly #waiting = new Set<{ readonly at: number; readonly run: () => void }>();

  now(): number {
    return this.#now;
  }

  after(milliseconds: number, run: () => void): () => void {
    const entry = { at: this.#now + milliseconds, run };
    this.#waiting.add(entry);
    return () => void this.#waiting.delete(entry);
  }

  /** How many calls are still to come. */
  get waiting(): number {
    return this.#waiting.size;
  }

  advance(milliseconds: number): void {
    const until = this.#now + milliseconds;
    for (;;) {
      const due = [...this.#waiting].filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
      if (!due) break;
      this.#waiting.delete(due);
      this.#now = Math.max(this.#now, due.at);
      due.run();
    }
    this.#now = until;
  }
}
