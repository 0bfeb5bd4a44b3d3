/** The author's send that an event answers, where the wire has no acknowledgement of its own. */
export type Own<Who> = ReadonlyMap<Who, readonly number[]>;

/** An event, or a run of joinings from `from` to `seq`. */
type LoggedItem = {
  readonly seq: number;
  readonly id: string;
  readonly from?: number;
  readonly nonce?: string;
};

/** One frame of a feed as it stood on the wire, parsed and checked once for all who get the same bytes. */
export type Known<Who> = {
  /** Header and payload. */
  readonly raw: Buffer;
  readonly first: number;
  readonly count: number;
  readonly own: Own<Who> | null;
};

/** How many frames are kept. A member that lags by more parses its own: slower, and just as right. */
const KEPT = 512;

/**
 * The frames of one feed that a member has read already. All members of a room get the same bytes, so the first one
 * parses a frame and checks its numbers, and for the others a comparison of bytes proves the same.
 */
export class FeedLog<Who> {
  readonly #byFirst = new Map<number, Known<Who>>();
  /** Ids by seq of what was parsed, for acknowledgements to be compared with; a ring. */
  readonly #ids: string[] = [];
  readonly #unseen = new Map<number, string>();
  /** The last seq that any member has read. */
  head = 0;

  readonly feed: string;

  constructor(feed: string) {
    this.feed = feed;
  }

  /** The frame that continues a cursor at `seq`, if a member has read it before. */
  after(seq: number): Known<Who> | undefined {
    return this.#byFirst.get(seq + 1);
  }

  /**
   * Takes a parsed frame of a member who stands at `cursor`; what it has read before is left out, as every client does, because
   * a worker may publish what another one's resume has read already. Throws when it does not continue there without a hole.
   */
  take(cursor: number, events: readonly LoggedItem[], raw: Buffer, own: Own<Who> | null): Known<Who> {
    let last = cursor;
    for (const event of events) {
      if (event.seq <= last) {
        this.#repeated(event.seq, event.id);
        continue;
      }
      const first = event.from ?? event.seq;
      if (first > last + 1) throw new Error(`${this.feed}: event ${first} after ${last}`);
      last = event.seq;
      this.#note(event.seq, event.id);
    }
    if (events.length === 0) throw new Error(`${this.feed}: an events frame without events`);
    if (last === cursor) return { raw, first: cursor + 1, count: 0, own: null };
    if (last > this.head) this.head = last;
    const known = { raw: Buffer.from(raw), first: cursor + 1, count: last - cursor, own };
    this.#byFirst.set(known.first, known);
    if (this.#byFirst.size > KEPT) this.#byFirst.delete(this.#byFirst.keys().next().value!);
    return known;
  }

  /** An acknowledgement said that (seq, id) is stored here. Throws when the log has another id there. */
  acknowledged(seq: number, id: string): void {
    if (seq > this.head) this.#unseen.set(seq, id);
    else this.#compare(seq, this.#ids[seq % 65536], id);
  }

  /** Whether everything acknowledged has come by. */
  get complete(): boolean {
    return this.#unseen.size === 0;
  }

  /** A repetition is the same event again. */
  #repeated(seq: number, id: string): void {
    const first = this.#ids[seq % 65536];
    if (first !== id) throw new Error(`${this.feed}: ${seq} was ${first}, and comes again as ${id}`);
  }

  #note(seq: number, id: string): void {
    this.#ids[seq % 65536] = id;
    if (this.#unseen.size === 0) return;
    const acked = this.#unseen.get(seq);
    if (acked === undefined) return;
    this.#unseen.delete(seq);
    this.#compare(seq, id, acked);
  }

  #compare(seq: number, inLog: string | undefined, acked: string): void {
    if (inLog !== acked)
      throw new Error(`${this.feed}: ${seq} is ${inLog}, and was acknowledged as ${acked}`);
  }
}
