import {
  type EventId,
  type FeedItem,
  firstSeq,
  itemAbove,
  type Message,
  type MessageRef,
  type Nonce,
  type Page,
  type Placed,
  type UserId,
} from "@parley/protocol";
import type { Counted } from "../feeds/unread-count.ts";
import type { OutboxItem } from "../outbox/outbox.ts";
import { change, isMessageChange, type MessageChange, toMessage } from "./fold.ts";
import { type Me, means, type TimelineItem, toEcho, toItem } from "./item.ts";
import { MessageList } from "./list.ts";
import { isNotice, type Notice, withNotice } from "./notice.ts";
import { Overlays } from "./overlays.ts";

type Acked = { readonly item: OutboxItem; readonly placed: Placed; readonly at: number };
/** Where a page ends, and on which connection it came. */
type PageEnd = { readonly id: EventId; readonly connection: number };
/** A piece of history that does not reach the newest messages. */
type DetachedWindow = { readonly list: MessageList; hasBefore: boolean };

/** Notices and single messages that are kept at most. */
const MAX_DETACHED = 200;

/**
 * What is known of one room's messages: a copy of its history that ends at `asOf`, own messages that were acknowledged
 * above it, what waits in the outbox, and perhaps a piece of older history that is looked at instead. Always in order of
 * seq, and no message is in it twice.
 */
export class Timeline {
  readonly #me: () => UserId | null;
  #copy = new MessageList();
  #hasBefore = false;
  /** The last seq that the copy includes; null without a copy. */
  #asOf: number | null = null;
  /** The last event of each page that came, by seq, until it was applied here: pages may be ahead of the events. */
  readonly #ahead = new Map<number, PageEnd>();
  /** The number of the connection, among those of this timeline. */
  #connection = 0;
  #detached: DetachedWindow | null = null;
  /** Single messages that others answer. */
  readonly #quoted = new Map<EventId, Message>();
  #notices: Notice[] = [];
  #acked: Acked[] = [];
  readonly #overlays = new Overlays();
  /** For each page on its way, the changes that came meanwhile: it may have been read before them. */
  readonly #late = new Set<MessageChange[]>();
  #views = new WeakMap<Message, TimelineItem>();
  #viewer: UserId | undefined;

  constructor(me: () => UserId | null) {
    this.#me = me;
  }

  get asOf(): number | null {
    return this.#asOf;
  }

  /** Whether a piece is looked at, and not the newest messages. */
  get isDetached(): boolean {
    return this.#detached !== null;
  }

  /** Of what is looked at. */
  get hasBefore(): boolean {
    return this.#detached?.hasBefore ?? this.#hasBefore;
  }

  get first(): number | null {
    return this.#list.first;
  }

  get last(): number | null {
    return this.#list.last;
  }

  get #list(): MessageList {
    return this.#detached?.list ?? this.#copy;
  }

  /** Begins anew with the newest page, then takes what came while it was loading. Events up to its `as_of` change nothing. */
  begin(page: Page, since: readonly FeedItem[]): void {
    this.#copy = new MessageList(page.messages);
    this.#asOf = page.as_of;
    this.#hasBefore = page.has_before;
    this.apply(since);
    this.#settleAcked();
    this.#join();
  }

  /** The last seq that anything shown here may include. */
  get top(): number {
    return Math.max(this.#asOf ?? 0, this.#acked.at(-1)?.placed.seq ?? 0, ...this.#ahead.keys());
  }

  /** A page is taken in, in whatever way. */
  arrives({ as_of: seq, as_of_id: id }: Page): void {
    const known = this.#ahead.get(seq)?.id ?? id;
    if (id && known === id) this.#ahead.set(seq, { id, connection: this.#connection });
    const [oldest] = this.#ahead.keys();
    if (this.#ahead.size > MAX_DETACHED && oldest !== undefined) this.#ahead.delete(oldest);
  }

  /** The connection is another one from here on. */
  reconnected(): void {
    this.#connection++;
  }

  /** Whether these events and the pages are of one lineage: where both name an event, it is the same one (P6). */
  fits(events: readonly FeedItem[]): boolean {
    const fit = events.every((item) => this.#continues(item));
    for (const { seq } of events) this.#ahead.delete(seq);
    return fit;
  }

  /**
   * A run of joinings names its last event only. A page that ends inside it is proved by the connection that both came on:
   * the server reports another lineage there. Of a page of an earlier connection nothing is proved.
   */
  #continues(item: FeedItem): boolean {
    const { seq, id } = item;
    if ((this.#ahead.get(seq)?.id ?? id) !== id) return false;
    const first = firstSeq(item);
    if (first === seq) return true;
    for (const [end, { connection }] of this.#ahead) {
      if (end < first || end >= seq) continue;
      this.#ahead.delete(end);
      if (connection !== this.#connection) return false;
    }
    return true;
  }

  /** From now on a page is on its way. Pass what this returns with the page, or to `forget`. */
  expect(): MessageChange[] {
    const late: MessageChange[] = [];
    this.#late.add(late);
    return late;
  }

  /** The page will not come, or is not needed. False when events were missed meanwhile, and the page is to be asked for again. */
  forget(late: MessageChange[]): boolean {
    return this.#late.delete(late);
  }

  /** The page before what is looked at. */
  prepend(page: Page, late: MessageChange[]): void {
    this.#list.prepend(page.messages);
    if (this.#detached) this.#detached.hasBefore = page.has_before;
    else this.#hasBefore = page.has_before;
    this.#arrived(late);
  }

  /** The page behind the piece that is looked at. */
  append(page: Page, late: MessageChange[]): void {
    this.#detached?.list.append(page.messages);
    this.#arrived(late);
    this.#join();
  }

  /** A page from anywhere is looked at instead of the newest messages. */
  showDetached(page: Page, late: MessageChange[]): void {
    this.#detached = { list: new MessageList(page.messages), hasBefore: page.has_before };
    this.#arrived(late);
    this.#join();
  }

  /** The newest messages are looked at again. */
  leaveDetached(): void {
    this.#detached = null;
  }

  quote(message: Message, late: MessageChange[]): void {
    const [oldest] = this.#quoted.keys();
    if (this.#quoted.size >= MAX_DETACHED && oldest !== undefined) this.#quoted.delete(oldest);
    this.#quoted.set(message.id, message);
    this.#arrived(late);
  }

  /**
   * Takes events in the order of their seq. Those up to `asOf` are in the copy already. Behind a hole nothing is taken:
   * a copy that lost its place shows what it has until it is replaced, never something with a part missing.
   */
  apply(events: readonly FeedItem[]): void {
    for (const item of events) {
      if (isMessageChange(item)) {
        for (const late of this.#late) late.push(item);
        this.#change(item);
      }
      const event = this.#asOf === null ? null : itemAbove(item, this.#asOf);
      if (event === null || firstSeq(event) !== (this.#asOf ?? 0) + 1) continue;
      this.#asOf = event.seq;
      if (event.kind === "message_sent") this.#copy.append([toMessage(event)]);
      if (isNotice(event)) this.#notices = withNotice(this.#notices, event).slice(-MAX_DETACHED);
    }
    this.#settleAcked();
  }

  /** An own command was stored at `placed`. Until its event comes, a message is shown at the end, a change in its message. */
  acknowledged(item: OutboxItem, placed: Placed, at: number): void {
    if (this.#asOf !== null && placed.seq <= this.#asOf) return;
    this.#overlays.acknowledged(item, placed);
    if (item.body.kind !== "send_message") return;
    // One at the same seq is of another lineage: the log went back in between.
    const others = this.#acked.filter((acked) => acked.placed.seq !== placed.seq);
    this.#acked = [...others, { item, placed, at }].sort((a, b) => a.placed.seq - b.placed.seq);
  }

  /** The copy is void. What was acknowledged goes with it: it is in the log, and comes with the next page. */
  drop(): void {
    this.#copy = new MessageList();
    this.#detached = null;
    this.#quoted.clear();
    this.#notices = [];
    this.#acked = [];
    this.#overlays.clear();
    this.#asOf = null;
    this.#ahead.clear();
    this.#hasBefore = false;
    this.#late.clear();
  }

  /** Events were missed: what is on its way may not know of them. */
  missed(): void {
    this.#late.clear();
  }

  /** What is there besides the copy may miss events. */
  dropDetached(): void {
    this.#detached = null;
    this.#quoted.clear();
  }

  /** Looks at the message of this seq, if it is here: in the piece, or in the copy. */
  show(seq: number): boolean {
    const detached = this.#detached?.list;
    if (detached && seq >= (detached.first ?? seq + 1) && seq <= (detached.last ?? 0)) return true;
    if (this.#asOf === null || seq > this.#asOf) return false;
    if (this.#hasBefore && seq < (this.#copy.first ?? seq + 1)) return false;
    this.#detached = null;
    return true;
  }

  /** A message by its id, or by its nonce where it is one's own. */
  find(ref: MessageRef, me: Me): TimelineItem | null {
    const byId = this.#list.get(ref) ?? this.#copy.get(ref) ?? this.#quoted.get(ref);
    const found = byId ?? this.#copy.all.findLast(({ nonce, author }) => nonce === ref && author === me?.id);
    return found ? this.#view(found, me) : null;
  }

  /** Messages of others above `seq`, or above the last own one; null where the copy does not reach down to `seq`. */
  countAbove(seq: number, me: UserId): Counted | null {
    const asOf = this.#asOf;
    if (asOf === null || (this.#hasBefore && (this.#copy.first ?? 0) > seq + 1)) return null;
    const own = this.#copy.all.findLast(({ author }) => author === me);
    const from = Math.max(seq, own?.seq ?? 0);
    const above = this.#copy.all.filter(
      (message) => message.seq > from && message.author !== me && !message.deleted,
    );
    const mentions = above.filter((message) => means(message, me)).length;
    return { seq: from, unread: above.length, mentions, asOf };
  }

  /** All of it: by seq, then own ones in the order of sending. */
  items(outbox: readonly OutboxItem[], me: Me): TimelineItem[] {
    this.#overlays.gather(outbox);
    const shown = this.#list.all.map((message) => this.#view(message, me));
    if (this.#detached) return shown;
    const known = new Set<Nonce>();
    if (outbox.length > 0) {
      for (const { author, nonce } of this.#copy.all) if (author === me?.id) known.add(nonce);
    }
    for (const { item } of this.#acked) known.add(item.nonce);
    return [
      ...shown,
      ...this.#acked.map(({ item, placed: { id, seq }, at }) => ({
        ...this.#echo(item, me),
        state: "sent" as const,
        at,
        id,
        seq,
      })),
      // The event may be here before its ack: then the message is in the list, and only the outbox still waits.
      ...outbox
        .filter(({ nonce, body }) => body.kind === "send_message" && !known.has(nonce))
        .map((item) => this.#echo(item, me)),
    ];
  }

  /** Those between the first and the last message that is looked at. */
  notices(): readonly Notice[] {
    const from = this.hasBefore ? (this.first ?? 0) : 0;
    const to = this.#detached ? (this.last ?? 0) : Number.POSITIVE_INFINITY;
    return this.#notices.filter(({ seq }) => seq >= from && seq <= to);
  }

  #change(event: MessageChange): void {
    const me = this.#me();
    this.#copy.change(event, me);
    this.#detached?.list.change(event, me);
    const quoted = this.#quoted.get(event.message.id);
    if (quoted) this.#quoted.set(quoted.id, change(quoted, event, me));
  }

  #arrived(late: MessageChange[]): void {
    for (const event of late) this.#change(event);
  }

  /** A piece that reaches the copy becomes its beginning. */
  #join(): void {
    const { first } = this.#copy;
    if (!this.#detached || this.#asOf === null || first === null) return;
    if ((this.#detached.list.last ?? 0) < first) return;
    if ((this.#detached.list.first ?? first) < first) {
      this.#copy.prepend(this.#detached.list.all);
      this.#hasBefore = this.#detached.hasBefore;
    }
    this.#detached = null;
  }

  #settleAcked(): void {
    const asOf = this.#asOf;
    if (asOf === null) return;
    this.#overlays.settle(asOf);
    if (this.#acked.length > 0) this.#acked = this.#acked.filter(({ placed }) => placed.seq > asOf);
  }

  #view(message: Message, me: Me): TimelineItem {
    if (me?.id !== this.#viewer) {
      this.#viewer = me?.id;
      this.#views = new WeakMap();
    }
    const over = this.#overlays.over(message, me);
    if (over) return over;
    let view = this.#views.get(message);
    if (!view) {
      view = toItem(message, me);
      this.#views.set(message, view);
    }
    return view;
  }

  #echo(item: OutboxItem, me: Me): TimelineItem {
    const { body } = item;
    const ref = body.kind === "send_message" ? body.reply_to : undefined;
    const answered = ref === undefined ? null : this.find(ref, me);
    const replyTo = answered?.id && answered.seq ? { id: answered.id, seq: answered.seq } : null;
    return toEcho(item, replyTo, me);
  }
}
