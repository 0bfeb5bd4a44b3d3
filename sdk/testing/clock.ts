/** A clock that a test owns. Time passes only when the test advances it. */
export class Clock {
  #now = 1_700_000_000_000;
  #timers: { readonly at: number; readonly run: () => void }[] = [];

  #wall = 0;

  /** The wall clock, which a person may set. */
  now = (): number => this.#now + this.#wall;

  /** The clock that never jumps. */
  monotonicNow = (): number => this.#now;

  /** A person sets the wall clock forward by this much, or back. */
  setWall(ms: number): void {
    this.#wall += ms;
  }

  timer = (ms: number, run: () => void): (() => void) => {
    const timer = { at: this.#now + Math.max(0, ms), run };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  };

  /** How many timers are set. */
  get waiting(): number {
    return this.#timers.length;
  }

  /** When the next timer is due, null when none is set. */
  get next(): number | null {
    return this.#timers.length === 0 ? null : Math.min(...this.#timers.map(({ at }) => at));
  }

  /** Lets time pass, and runs what becomes due, in order. */
  advance(ms: number): void {
    const until = this.#now + ms;
    for (let next = this.next; next !== null && next <= until; next = this.next) {
      this.#now = Math.max(this.#now, next);
      const due = this.#timers.filter(({ at }) => at === next);
      const [first] = due;
      this.#timers = this.#timers.filter((timer) => timer !== first);
      first?.run();
    }
    this.#now = until;
  }
}
