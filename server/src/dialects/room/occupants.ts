import { Throttle } from "../../gateway/signals/throttle.ts";
import type { Timing } from "../../gateway/signals/timing.ts";
import type { Occupant } from "../encoder.ts";

/** Lists go out at most this often, and in rooms of more than MANY this seldom. Milliseconds. */
export const LIST_INTERVAL = 250;
const LIST_INTERVAL_LARGE = 5_000;
const LARGE_ROOM = 200;

/**
 * Who is in a room, in the order of coming, and when the list of them is told: the first change at once, then the newest
 * state at most each 250 ms. A long list goes to each newcomer, and to all at most each 5 s.
 */
export class Occupants {
  readonly #present = new Map<string, Occupant>();
  readonly #small: Throttle;
  readonly #large: Throttle;

  constructor(timing: Timing, tell: (people: readonly Occupant[]) => void) {
    const say = () => {
      tell(this.list());
      return true;
    };
    this.#small = new Throttle(timing, LIST_INTERVAL, say);
    this.#large = new Throttle(timing, LIST_INTERVAL_LARGE, say);
  }

  get size(): number {
    return this.#present.size;
  }

  list(): readonly Occupant[] {
    return [...this.#present.values()];
  }

  /** Whether a newcomer is told by itself, since the next list for all may be far. */
  get isLarge(): boolean {
    return this.#present.size > LARGE_ROOM;
  }

  /** Who was here before anybody listened. */
  seed(people: readonly Occupant[]): void {
    for (const person of people) this.#present.set(person.id, person);
  }

  get(id: string): Occupant | undefined {
    return this.#present.get(id);
  }

  /** False when that one was here already. */
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
