import { Pace } from "../../gateway/signals/throttle.ts";
import type { Timing } from "../../gateway/signals/timing.ts";
import type { Here } from "../encoder.ts";

/** Lists go out at most this often, and in rooms of more than MANY this seldom. Milliseconds. */
export const EVERY = 250;
const EVERY_LARGE = 5_000;
const MANY = 200;

/**
 * Who is in a room, in the order of coming, and when the list of them is told: the first change at once, then the newest
 * state at most each 250 ms. A long list goes to each newcomer, and to all at most each 5 s.
 */
export class People {
  readonly #here = new Map<string, Here>();
  readonly #small: Pace;
  readonly #large: Pace;

  constructor(timing: Timing, tell: (people: readonly Here[]) => void) {
    const say = () => {
      tell(this.list());
      return true;
    };
    this.#small = new Pace(timing, EVERY, say);
    this.#large = new Pace(timing, EVERY_LARGE, say);
  }

  get size(): number {
    return this.#here.size;
  }

  list(): readonly Here[] {
    return [...this.#here.values()];
  }

  /** Whether a newcomer is told by itself, since the next list for all may be far. */
  get many(): boolean {
    return this.#here.size > MANY;
  }

  /** Who was here before anybody listened. */
  seed(people: readonly Here[]): void {
    for (const person of people) this.#here.set(person.id, person);
  }

  get(id: string): Here | undefined {
    return this.#here.get(id);
  }

  /** False when that one was here already. */
  add(person: Here): boolean {
    if (this.#here.has(person.id)) return false;
    this.#here.set(person.id, person);
    this.#changed();
    return true;
  }

  remove(id: string): Here | null {
    const person = this.#here.get(id);
    if (!person) return null;
    this.#here.delete(id);
    this.#changed();
    return person;
  }

  stop(): void {
    this.#small.stop();
    this.#large.stop();
  }

  #changed(): void {
    const [pace, other] = this.many ? [this.#large, this.#small] : [this.#small, this.#large];
    other.stop();
    pace.ask();
  }
}
