import type { Timing } from "./timing.ts";

/** At most one in so many milliseconds: the first at once, what is asked for meanwhile in one at the end of the time. */
export class Pace {
  readonly #timing: Timing;
  readonly #every: number;
  readonly #say: () => boolean;
  #last = Number.NEGATIVE_INFINITY;
  #callOff: (() => void) | null = null;

  /** `say` returns false when there was nothing to say after all: then the next is again the first. */
  constructor(timing: Timing, every: number, say: () => boolean) {
    this.#timing = timing;
    this.#every = every;
    this.#say = say;
  }

  /** Something was asked for and has not been said. */
  get waiting(): boolean {
    return this.#callOff !== null;
  }

  ask(): void {
    if (this.#callOff) return;
    const wait = this.#last + this.#every - this.#timing.now();
    if (wait <= 0) this.#go();
    else this.#callOff = this.#timing.after(wait, () => this.#go());
  }

  stop(): void {
    this.#callOff?.();
    this.#callOff = null;
  }

  #go(): void {
    this.#callOff = null;
    if (this.#say()) this.#last = this.#timing.now();
  }
}
