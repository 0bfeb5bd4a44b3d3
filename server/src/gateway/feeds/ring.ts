import type { EventId, WireEvent } from "@parley/protocol";

const SPARE = 64;

/**
 * What the rings of a node may hold together, in characters of events (one byte each as long as they are Latin-1). While
 * it is full, each ring that takes an event keeps only its last few: memory stays bounded with any number of lively rooms,
 * and a session that falls behind further than that reads the store.
 */
export class RingBudget {
  readonly #characters: number;
  #used = 0;

  constructor(characters: number) {
    this.#characters = characters;
  }

  get full(): boolean {
    return this.#used > this.#characters;
  }

  get used(): number {
    return this.#used;
  }

  take(characters: number): void {
    this.#used += characters;
  }
}

/** 64 MiB: about 800 rooms that were lively within the last minute, with the whole of their rings. */
const BUDGET = 67_108_864;

export function ringBudget(characters: number = BUDGET): RingBudget {
  return new RingBudget(characters);
}

/**
 * The last events of a followed feed, so that a session that missed little catches up without reading the store.
 * 256 covers about a minute of a lively room and a reconnect.
 */
export class Ring {
  static readonly SIZE = 256;
  /** What is kept while the budget is full. */
  static readonly LEAST = 32;
  readonly #budget: RingBudget;
  #slots: WireEvent[] = [];
  #cleared = 0;
  /** Ids of the last events below the slots, kept by `forgetTexts`. */
  #ids: readonly EventId[] = [];

  constructor(budget: RingBudget) {
    this.#budget = budget;
  }

  /** How often it was emptied: what was read before may no longer be sent. */
  get cleared(): number {
    return this.#cleared;
  }

  /** Takes the next event; its seq must be one above the last. */
  push(event: WireEvent): void {
    this.#slots.push(event);
    this.#budget.take(event.text.length);
    // Cut now and then, not at each event; a few more are kept meanwhile, within the bound.
    const most = this.#budget.full ? Ring.LEAST : Ring.SIZE;
    if (this.#slots.length < most + SPARE) return;
    this.#forgetIds();
    this.#cut(this.#slots.length - most);
  }

  /**
   * Takes events that the store gave, below what is here or what was published last, so that the next session that is as
   * far behind finds them: after a restart all ask for the same. Only those without a gap to them are taken, and none when
   * the ring was emptied since they were asked for: `cleared` is from before.
   */
  backfill(events: readonly WireEvent[], last: number, cleared: number): void {
    if (cleared !== this.#cleared) return;
    const first = last - this.#slots.length + 1;
    const room = Ring.SIZE - this.#slots.length;
    const below = events.filter(({ seq }) => seq < first);
    if (this.#budget.full || room <= 0 || below.at(-1)?.seq !== first - 1) return;
    const taken = below.slice(-room);
    for (const { text } of taken) this.#budget.take(text.length);
    this.#slots = [...taken, ...this.#slots];
    this.#forgetIds();
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

  /** The id of the event with this seq, if it is known: of some also after `forgetTexts`. */
  idAt(seq: number, last: number): EventId | undefined {
    const back = last - seq;
    if (back < this.#slots.length) return this.at(seq, last)?.id;
    return this.#ids[this.#ids.length - 1 - (back - this.#slots.length)];
  }

  clear(): void {
    this.forgetTexts();
    this.#forgetIds();
  }

  /** Empties the ring of events. The ids of the last ones stay: another lineage is recognized by them. */
  forgetTexts(): void {
    this.#cleared++;
    const ids = [...this.#ids, ...this.#slots.map(({ id }) => id)].slice(-Ring.LEAST);
    this.#budget.take(charactersOf(ids) - charactersOf(this.#ids));
    this.#ids = ids;
    this.#cut(this.#slots.length);
  }

  #forgetIds(): void {
    this.#budget.take(-charactersOf(this.#ids));
    this.#ids = [];
  }

  #cut(count: number): void {
    let characters = 0;
    for (let i = 0; i < count; i++) characters += (this.#slots[i] as WireEvent).text.length;
    this.#budget.take(-characters);
    this.#slots = this.#slots.slice(count);
  }
}

function charactersOf(ids: readonly EventId[]): number {
  return ids.reduce((sum, { length }) => sum + length, 0);
}
