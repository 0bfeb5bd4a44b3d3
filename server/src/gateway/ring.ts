import type { WireEvent } from "@parley/protocol";

const SPARE = 64;

/**
 * The last events of a followed feed, so that whoever is nearly in step catches up without asking the store.
 * 256 covers about a minute of a lively room and a reconnect.
 */
export class Ring {
  static readonly SIZE = 256;
  #slots: WireEvent[] = [];

  /** Takes the next event; its seq must be one above the last. */
  push(event: WireEvent): void {
    this.#slots.push(event);
    // Cut now and then, not at each event; a few more than SIZE are kept meanwhile, which is harmless.
    if (this.#slots.length >= Ring.SIZE + SPARE) this.#slots = this.#slots.slice(-Ring.SIZE);
  }

  /** The events above `seq`, oldest first; null when some of them are no longer here. */
  since(seq: number, last: number): readonly WireEvent[] | null {
    const count = last - seq;
    if (count <= 0) return [];
    if (count > this.#slots.length || count > Ring.SIZE) return null;
    return this.#slots.slice(-count);
  }

  /** The event with this seq, if it is here. */
  at(seq: number, last: number): WireEvent | undefined {
    const back = last - seq;
    return back < 0 ? undefined : this.#slots[this.#slots.length - 1 - back];
  }

  clear(): void {
    this.#slots = [];
  }
}
