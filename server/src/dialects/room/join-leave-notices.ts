import type { Timing } from "../../gateway/signals/timing.ts";
import type { Movement } from "../encoder.ts";

/** So many within a second are told of one by one. */
const ONE_BY_ONE = 10;
const SECOND = 1_000;
/** How many are named in a sum. */
const NAMED = 2;

/**
 * Joins, or departures, of one room on their way to its people: ten within a second one by one, beyond that one notice a
 * second sums up the rest. A storm of N costs N / 1 s frames at most, not N squared.
 */
export class Movements {
  readonly #timing: Timing;
  readonly #wall: () => number;
  readonly #say: (movement: Movement) => void;
  #begun = Number.NEGATIVE_INFINITY;
  #told = 0;
  #names: string[] = [];
  #more = 0;
  #callOff: (() => void) | null = null;

  /** `wall` is milliseconds UTC, for what is said. */
  constructor(timing: Timing, wall: () => number, say: (movement: Movement) => void) {
    this.#timing = timing;
    this.#wall = wall;
    this.#say = say;
  }

  add(name: string): void {
    const now = this.#timing.now();
    if (now - this.#begun >= SECOND && this.#callOff === null) {
      this.#begun = now;
      this.#told = 0;
    }
    if (this.#told < ONE_BY_ONE) {
      this.#told++;
      this.#say({ names: [name], more: 0, at: this.#wall() });
      return;
    }
    if (this.#names.length < NAMED) this.#names.push(name);
    else this.#more++;
    this.#callOff ??= this.#timing.after(this.#begun + SECOND - now, () => this.#sum());
  }

  stop(): void {
    this.#callOff?.();
    this.#callOff = null;
  }

  #sum(): void {
    this.#callOff = null;
    const movement = { names: this.#names, more: this.#more, at: this.#wall() };
    this.#names = [];
    this.#more = 0;
    // What comes within the next second is summed up again: it is still a storm.
    this.#begun = this.#timing.now();
    this.#told = ONE_BY_ONE;
    this.#say(movement);
  }
}
