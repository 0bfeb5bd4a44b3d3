import { type FeedItem, LIMITS, type ReadState, type UserId } from "@parley/protocol";

/** Messages that are remembered one by one; older ones are only counted. */
const REMEMBERED = 500;

/** What a window of messages counts in the part above the position `seq`; right as of the feed's `asOf`. */
export type Counted = {
  readonly seq: number;
  readonly unread: number;
  readonly mentions: number;
  readonly asOf: number;
};

/**
 * How far one room is read and what is above that: the server's count as of a head, and what came behind it. Where an
 * event or a step of the position changes the counted part in a way that only the server can know, the count is unsure
 * until it is set anew, and shows what it had.
 */
export class UnreadCount {
  #seq: number;
  /** Messages up to `#from` that count, without knowing which. */
  #unread: number;
  #mentions: number;
  #from: number;
  /** Messages above `#from` that count, by seq, and whether they mean the user. */
  readonly #above = new Map<number, boolean>();
  /** Only a count as of this head or later, and from this position, is right; null while the own one is. */
  #unsure: { readonly head: number } | null = null;
  /** The position itself is not known: only the server has it. */
  #untold = false;

  constructor({ seq, unread, mentions }: ReadState, head: number) {
    this.#seq = seq;
    this.#unread = unread;
    this.#mentions = mentions;
    this.#from = head;
  }

  /** Nothing that was known counts any more; the server's word as of `head` or later is waited for. */
  static untold(head: number): UnreadCount {
    const count = new UnreadCount({ seq: 0, unread: 0, mentions: 0 }, 0);
    count.#untold = true;
    count.#unsure = { head };
    return count;
  }

  /** The head that the server's part of the count is right for. */
  get asOf(): number {
    return this.#from;
  }

  get seq(): number {
    return this.#seq;
  }

  get isUnsure(): boolean {
    return this.#unsure !== null;
  }

  get state(): ReadState {
    let mentions = this.#mentions;
    for (const means of this.#above.values()) if (means) mentions++;
    const unread = Math.min(LIMITS.unread, this.#unread + this.#above.size);
    return { seq: this.#seq, unread, mentions: Math.min(LIMITS.unread, mentions) };
  }

  /** The server's word as of `head`. An older one than what is known changes nothing. */
  take({ seq, unread, mentions }: ReadState, head: number): void {
    if (head < this.#from) return;
    const due = this.#unsure?.head ?? 0;
    this.#untold = this.#untold && head < due;
    this.#seq = Math.max(this.#seq, seq);
    this.#begin(unread, mentions, head);
    // What lies between its position and ours was counted although it is read.
    if (seq < this.#seq && this.#seq < head && unread > 0) this.#unsure = { head };
    else if (seq < this.#seq) this.#begin(0, 0, head);
    if (head < due) this.#unsure = { head: due };
  }

  /** Takes the count of a window of messages that reaches from the position to `asOf`. */
  settle({ seq, unread, mentions, asOf }: Counted): void {
    if (this.#untold || asOf < Math.max(this.#from, this.#unsure?.head ?? 0)) return;
    this.#seq = Math.max(this.#seq, seq);
    this.#begin(unread, mentions, asOf);
  }

  /** The events between are not received one by one. */
  skipTo(head: number): void {
    if (head > this.#from) this.#unsure = { head };
  }

  /** The position moves forward. False when it was there already. */
  moveTo(seq: number): boolean {
    if (seq <= this.#seq) return false;
    this.#seq = seq;
    for (const above of this.#above.keys()) if (above <= seq) this.#above.delete(above);
    if (this.#untold) return true;
    if (seq >= this.#from) this.#clearBelow();
    else if (this.#unread > 0) this.#unsure = { head: this.#unsure?.head ?? this.#from };
    return true;
  }

  applied(events: readonly FeedItem[], me: UserId): void {
    for (const event of events) if (event.seq > this.#from) this.#apply(event, me);
    if (this.#above.size > REMEMBERED) this.#forgetSome();
  }

  #apply(event: FeedItem, me: UserId): void {
    switch (event.kind) {
      case "message_sent":
        // Sending is reading: the server moves the position of the author, too.
        if (event.actor === me) this.moveTo(event.seq);
        else if (event.redacted !== true && event.seq > this.#seq) {
          this.#above.set(event.seq, means(event, me));
        }
        return;
      case "message_edited":
        if (this.#above.has(event.message.seq)) this.#above.set(event.message.seq, means(event, me));
        else if (event.actor !== me && (means(event, me) || this.#mentions > 0)) this.#doubt(event);
        return;
      case "message_deleted":
        if (!this.#above.delete(event.message.seq)) this.#doubt(event);
        return;
      default:
        return;
    }
  }

  /** A message changed that may be among those that were only counted. */
  #doubt({ seq, message }: { readonly seq: number; readonly message: { readonly seq: number } }): void {
    if (message.seq > this.#seq && message.seq <= this.#from && this.#unread > 0)
      this.#unsure = { head: seq };
  }

  #begin(unread: number, mentions: number, head: number): void {
    this.#unread = unread;
    this.#mentions = mentions;
    this.#from = head;
    this.#unsure = null;
    for (const above of this.#above.keys()) if (above <= head) this.#above.delete(above);
  }

  #clearBelow(): void {
    this.#unread = 0;
    this.#mentions = 0;
    this.#unsure = null;
  }

  #forgetSome(): void {
    for (const [seq, means] of this.#above) {
      if (this.#above.size <= REMEMBERED / 2) return;
      this.#above.delete(seq);
      this.#unread++;
      if (means) this.#mentions++;
      this.#from = seq;
    }
  }
}

function means(
  {
    mentions,
    mentions_room,
  }: { readonly mentions: readonly UserId[]; readonly mentions_room?: true | undefined },
  me: UserId,
): boolean {
  return mentions_room === true || mentions.includes(me);
}
