import type { EventId, FeedEvent, Message, Nonce, Page, Placed, UserId } from "@parley/protocol";
import type { OutboxItem } from "./outbox.ts";

/** One line of a room's timeline. */
export type TimelineItem = {
  /** Stays the same from pending to sent: an own message's nonce, else the message's id. */
  readonly key: string;
  /** `pending`: in the outbox. `failed`: refused for good; retry or discard it. */
  readonly state: "pending" | "sent" | "failed";
  /** The fault's text, where it failed. */
  readonly error?: string;
  readonly id: EventId | null;
  readonly seq: number | null;
  readonly nonce: Nonce;
  readonly author: UserId;
  /** The author's name at that time. */
  readonly name: string;
  /** Milliseconds UTC: the server's time, or this device's for what has none yet. */
  readonly at: number;
  readonly text: string;
  readonly mentions: readonly UserId[];
  readonly replyTo: { readonly id: EventId; readonly seq: number } | null;
  /** Milliseconds UTC, null when never edited. */
  readonly editedAt: number | null;
  readonly deleted: boolean;
  readonly own: boolean;
  readonly walkIn: boolean;
};

/** Who looks, null while not signed in yet. */
export type Me = { readonly id: UserId; readonly name: string } | null;

type Changed = Extract<FeedEvent, { kind: "message_edited" | "message_deleted" }>;
type Acked = { readonly item: OutboxItem; readonly placed: Placed; readonly at: number };

/**
 * What is known of one room's messages: a window of its history that ends at `asOf`, own messages that were
 * acknowledged above it, and what waits in the outbox. Always in order of seq, and no message stands twice.
 */
export class Timeline {
  /** Ascending by seq. */
  #messages: Message[] = [];
  /** The messages again, by id. Entries are replaced, never changed, so that views keep their identity. */
  readonly #byId = new Map<EventId, Message>();
  readonly #views = new WeakMap<Message, TimelineItem>();
  #acked: Acked[] = [];
  /** Edits and deletions that came while an older page was on its way: it may have been read before them. */
  #late: Changed[] | null = null;
  /** The last seq that the window includes; null without a copy. */
  #asOf: number | null = null;
  #hasBefore = false;

  get asOf(): number | null {
    return this.#asOf;
  }

  get hasBefore(): boolean {
    return this.#hasBefore;
  }

  /** The seq of the first message, null when there is none. */
  get first(): number | null {
    return this.#messages[0]?.seq ?? null;
  }

  /** Begins anew with the newest page, then takes what came while it was loading. Events up to its `as_of` change nothing. */
  begin(page: Page, since: readonly FeedEvent[]): void {
    this.#clear();
    this.#asOf = page.as_of;
    this.#hasBefore = page.has_before;
    for (const message of page.messages) this.#byId.set(message.id, message);
    this.#messages = [...page.messages];
    this.apply(since);
    this.#settleAcked();
  }

  /** From now on an older page is on its way. */
  expectBefore(): void {
    this.#late = [];
  }

  /** The older page is here, or will not come (null). */
  prepend(page: Page | null): void {
    const late = this.#late ?? [];
    this.#late = null;
    if (!page) return;
    const first = this.first ?? Number.POSITIVE_INFINITY;
    const older = page.messages.filter(({ seq, id }) => seq < first && !this.#byId.has(id));
    for (const message of older) this.#byId.set(message.id, message);
    this.#messages = [...older, ...this.#messages];
    this.#hasBefore = page.has_before;
    for (const event of late) this.#change(event);
  }

  /**
   * Takes events in the order of their seq. Those up to `asOf` are in the copy already. Behind a hole nothing is taken:
   * a copy that lost its place shows what it has until it is replaced, never something with a part missing.
   */
  apply(events: readonly FeedEvent[]): void {
    if (this.#asOf === null) return;
    for (const event of events) {
      if (event.kind === "message_edited" || event.kind === "message_deleted") {
        this.#late?.push(event);
        this.#change(event);
      }
      if (event.seq !== this.#asOf + 1) continue;
      this.#asOf = event.seq;
      if (event.kind === "message_sent") this.#append(toMessage(event));
    }
    this.#settleAcked();
  }

  /** An own message was stored at `placed`. Until its event comes it stands at the end, by its seq. */
  acknowledged(item: OutboxItem, placed: Placed, at: number): void {
    if (this.#asOf !== null && placed.seq <= this.#asOf) return;
    this.#acked = [...this.#acked, { item, placed, at }].sort((a, b) => a.placed.seq - b.placed.seq);
  }

  /** The copy is void. What was acknowledged goes with it: it is in the log, and comes with the next page. */
  drop(): void {
    this.#clear();
    this.#acked = [];
    this.#asOf = null;
    this.#hasBefore = false;
    this.#late = null;
  }

  /** All of it: by seq, then own ones in the order of sending. */
  items(outbox: readonly OutboxItem[], me: Me): TimelineItem[] {
    const known = new Set<Nonce>();
    if (outbox.length > 0) {
      for (const { author, nonce } of this.#messages) if (author === me?.id) known.add(nonce);
    }
    for (const { item } of this.#acked) known.add(item.nonce);
    return [
      ...this.#messages.map((message) => this.#view(message, me)),
      ...this.#acked.map(({ item, placed, at }) => ({
        ...this.#echo(item, me),
        state: "sent" as const,
        at,
        ...placeOf(placed),
      })),
      // The event may be here before its ack: then the message stands above, and only the outbox still waits.
      ...outbox
        .filter(({ nonce, body }) => body.kind === "send_message" && !known.has(nonce))
        .map((item) => this.#echo(item, me)),
    ];
  }

  #append(message: Message): void {
    if (this.#byId.has(message.id)) return;
    this.#byId.set(message.id, message);
    this.#messages.push(message);
  }

  #change(event: Changed): void {
    const old = this.#byId.get(event.message.id);
    if (!old || event.seq <= old.rev) return;
    const changed: Message =
      event.kind === "message_deleted"
        ? { ...old, text: "", mentions: [], deleted: true, rev: event.seq }
        : { ...old, text: event.text, mentions: event.mentions, edited_at: event.at, rev: event.seq };
    this.#byId.set(old.id, changed);
    this.#messages[this.#indexOf(old.seq)] = changed;
  }

  #indexOf(seq: number): number {
    let low = 0;
    let high = this.#messages.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#messages[middle]!.seq < seq) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #settleAcked(): void {
    const asOf = this.#asOf;
    if (asOf !== null && this.#acked.length > 0)
      this.#acked = this.#acked.filter(({ placed }) => placed.seq > asOf);
  }

  #clear(): void {
    this.#messages = [];
    this.#byId.clear();
  }

  #view(message: Message, me: Me): TimelineItem {
    const own = message.author === me?.id;
    const kept = this.#views.get(message);
    if (kept?.own === own) return kept;
    const view: TimelineItem = {
      key: own ? message.nonce : message.id,
      state: "sent",
      id: message.id,
      seq: message.seq,
      nonce: message.nonce,
      author: message.author,
      name: message.name,
      at: message.at,
      text: message.text,
      mentions: message.mentions,
      replyTo: message.reply_to,
      editedAt: message.edited_at,
      deleted: message.deleted,
      own,
      walkIn: message.walk_in,
    };
    this.#views.set(message, view);
    return view;
  }

  #echo({ nonce, body, at, failure }: OutboxItem, me: Me): TimelineItem {
    const send = body.kind === "send_message" ? body : null;
    const answered = send?.reply_to === undefined ? undefined : this.#byId.get(send.reply_to);
    return {
      key: nonce,
      state: failure ? "failed" : "pending",
      ...(failure ? { error: failure.text } : {}),
      id: null,
      seq: null,
      nonce,
      author: me?.id ?? "",
      name: me?.name ?? "",
      at,
      text: send?.text ?? "",
      mentions: send?.mentions ?? [],
      replyTo: answered ? { id: answered.id, seq: answered.seq } : null,
      editedAt: null,
      deleted: false,
      own: true,
      walkIn: false,
    };
  }
}

function placeOf({ id, seq }: Placed): { id: EventId; seq: number } {
  return { id, seq };
}

function toMessage(event: Extract<FeedEvent, { kind: "message_sent" }>): Message {
  return {
    id: event.id,
    seq: event.seq,
    author: event.actor,
    name: event.name,
    at: event.at,
    text: event.text,
    mentions: event.mentions,
    reply_to: event.reply_to,
    edited_at: null,
    // A replay after the deletion: the text is gone from the log already, its own event is still to come.
    deleted: event.redacted === true,
    walk_in: event.walk_in === true,
    nonce: event.nonce,
    rev: event.seq,
  };
}
