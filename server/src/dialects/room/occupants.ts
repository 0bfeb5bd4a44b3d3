import { Throttle } from "../../gateway/signals/throttle.ts";
import type { Timing } from "../../gateway/signals/timing.ts";
import type { Occupant } from "../encoder.ts";

/** Lists are published at most once in this time, in rooms of more than LARGE_ROOM in the second one. Milliseconds. */
export const LIST_INTERVAL = 250;
const LIST_INTERVAL_LARGE = 5_000;
const LARGE_ROOM = 200;

/**
 * The users in a room, in the order of joining. The list is published at the first change at once, then at most every
 * 250 ms; a long one at most every 5 s, and to each new client alone before.
 */
export class Occupants {
  readonly #present = new Map<string, Occupant>();
  readonly #small: Throttle;
  readonly #large: Throttle;

  constructor(timing: Timing, publish: (people: readonly Occupant[]) => void) {
    const run = () => {
      publish(this.list());
      return true;
    };
    this.#small = new Throttle(timing, LIST_INTERVAL, run);
    this.#large = new Throttle(timing, LIST_INTERVAL_LARGE, run);
  }

  get size(): number {
    return this.#present.size;
  }

  list(): readonly Occupant[] {
    return [...this.#present.values()];
  }

  /** Whether a new client gets a list of its own, since the next one for all may be seconds away. */
  get isLarge(): boolean {
    return this.#present.size > LARGE_ROOM;
  }

  /** Adds the users who were in the room before it was followed. */
  seed(people: readonly Occupant[]): void {
    for (const person of people) this.#present.set(person.id, person);
  }

  get(id: string): Occupant | undefined {
    return this.#present.get(id);
  }

  /** False when the user was in the room already. */
  add(person: Occupant): boolean {
    if (this.#present.has(person.id)) return false;
    this.#present.set(person.id, person);
    this.#changed();
    return true;
  }

  remove(id: string): Occupant | null {
    const person = this.#present.get(id);
    if (!person) return null;
    this.#present.delete(id);
    this.#changed();
    return person;
  }

  stop(): void {
    this.#small.stop();
    this.#large.stop();
  }

  #changed(): void {
    const [throttle, other] = this.isLarge ? [this.#large, this.#small] : [this.#small, this.#large];
    other.stop();
    throttle.request();
  }
}
