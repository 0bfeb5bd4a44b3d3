import type {
  Acknowledgement,
  CommandBody,
  EventId,
  FeedItem,
  Guest,
  Member,
  MessageRef,
  Nonce,
  ReadList,
  Role,
  RoomId,
  RoomStanding,
  UserId,
  Version,
} from "@parley/protocol";
import type { Observable } from "../base/observable.ts";
import type { Commands } from "../outbox/commands.ts";
import type { OutboxItem } from "../outbox/outbox.ts";
import type { PresenceView, RoomSignals } from "../signals/signals.ts";
import type { TimelineItem } from "../timeline/item.ts";
import type { Gone, Mentions, Room, TimelineView } from "./room.ts";
import { RoomCache, type RoomCacheContext } from "./room-cache.ts";

/** What a room needs of its client. */
export interface RoomContext extends RoomCacheContext {
  signals(room: RoomId): RoomSignals;
  readonly commands: Commands;
  markRead(room: RoomId, seq?: number): void;
  noteTyping(room: RoomId): void;
}

/** The room as the client sees it from inside. */
export class RoomHandle implements Room {
  readonly id: RoomId;
  readonly cache: RoomCache;
  readonly #context: RoomContext;
  readonly #signals: RoomSignals;

  constructor(id: RoomId, context: RoomContext) {
    this.id = id;
    this.#context = context;
    this.#signals = context.signals(id);
    this.cache = new RoomCache(id, context);
  }

  get timeline(): Observable<TimelineView> {
    return this.cache.view;
  }

  get presence(): Observable<PresenceView | null> {
    return this.#signals.presence;
  }

  get typing(): Observable<readonly Guest[]> {
    return this.#signals.typing;
  }

  get receipts(): Observable<ReadonlyMap<UserId, number> | null> {
    return this.#signals.receipts;
  }

  open(): void {
    this.cache.open();
  }

  loadBefore(): Promise<void> {
    return this.cache.loadBefore();
  }

  loadAfter(): Promise<void> {
    return this.cache.loadAfter();
  }

  jumpTo(seq: number): Promise<void> {
    return this.cache.jumpTo(seq);
  }

  returnToLive(): void {
    this.cache.returnToLive();
  }

  find(message: MessageRef): TimelineItem | null {
    return this.cache.find(message);
  }

  loadQuote(message: { readonly id: EventId; readonly seq: number }): Promise<TimelineItem | null> {
    return this.cache.loadQuote(message);
  }

  send(text: string, { replyTo, ...mentions }: Mentions & { readonly replyTo?: MessageRef } = {}): void {
    this.cache.returnToLive();
    const reply = replyTo === undefined ? {} : { reply_to: replyTo };
    this.#signals.typingEnded();
    this.#context.commands.send({ kind: "send_message", room: this.id, text, ...meant(mentions), ...reply });
  }

  edit(message: MessageRef, text: string, mentions: Mentions = {}): Promise<void> {
    return this.#perform({ kind: "edit_message", room: this.id, message, text, ...meant(mentions) });
  }

  remove(message: MessageRef): Promise<void> {
    return this.#perform({ kind: "delete_message", room: this.id, message });
  }

  react(message: MessageRef, emoji: string): Promise<void> {
    return this.#perform({ kind: "add_reaction", room: this.id, message, emoji });
  }

  unreact(message: MessageRef, emoji: string): Promise<void> {
    return this.#perform({ kind: "remove_reaction", room: this.id, message, emoji });
  }

  retry(nonce: Nonce): void {
    this.#context.commands.retry(this.id, nonce);
  }

  discard(nonce: Nonce): void {
    this.#context.commands.discard(this.id, nonce);
  }

  markRead(seq?: number): void {
    this.#context.markRead(this.id, seq);
  }

  noteTyping(): void {
    this.#context.noteTyping(this.id);
  }

  join(): Promise<void> {
    return this.#perform({ kind: "join_room", room: this.id });
  }

  leave(): Promise<void> {
    return this.#perform({ kind: "leave_room", room: this.id });
  }

  invite(user: UserId): Promise<void> {
    return this.#perform({ kind: "invite_member", room: this.id, user });
  }

  removeMember(user: UserId): Promise<void> {
    return this.#perform({ kind: "remove_member", room: this.id, user });
  }

  changeRole(user: UserId, role: Role): Promise<void> {
    return this.#perform({ kind: "change_role", room: this.id, user, role });
  }

  rename(name: string): Promise<void> {
    return this.#perform({ kind: "rename_room", room: this.id, name });
  }

  setTopic(topic: string): Promise<void> {
    return this.#perform({ kind: "set_topic", room: this.id, topic });
  }

  archive(): Promise<void> {
    return this.#perform({ kind: "archive_room", room: this.id });
  }

  unarchive(): Promise<void> {
    return this.#perform({ kind: "unarchive_room", room: this.id });
  }

  destroy(): Promise<void> {
    return this.#perform({ kind: "delete_room", room: this.id });
  }

  members(): Promise<readonly Member[]> {
    return this.#context.rest.members(this.id);
  }

  standing(): Promise<RoomStanding> {
    return this.#context.rest.standing(this.id);
  }

  reads(): Promise<ReadList["reads"]> {
    return this.#context.rest.reads(this.id);
  }

  history(message: EventId): Promise<readonly Version[]> {
    return this.#context.rest.history(this.id, message);
  }

  /** Events of the room's feed. False when the copy turned out to be of another lineage. */
  applied(events: readonly FeedItem[], me: UserId | null): boolean {
    const fits = this.cache.applied(events);
    this.#signals.applied(events);
    for (const event of events) {
      const gone = goneBy(event, me);
      if (gone) this.cache.left(gone);
    }
    return fits;
  }

  acknowledged(item: OutboxItem, ack: Acknowledgement): void {
    this.cache.acknowledged(item, ack);
  }

  async #perform(body: CommandBody): Promise<void> {
    await this.#context.commands.perform(body);
  }
}

function meant({ mentions, mentionsRoom }: Mentions): { mentions?: UserId[]; mentions_room?: true } {
  return {
    ...(mentions && mentions.length > 0 ? { mentions: [...mentions] } : {}),
    ...(mentionsRoom ? { mentions_room: true as const } : {}),
  };
}

/** Why the room is no longer the user's, if this event ended that. */
function goneBy(event: FeedItem, me: UserId | null): Gone | null {
  if (event.kind !== "room_deleted" && event.kind !== "member_left") return null;
  const by = { id: event.actor, name: event.name };
  if (event.kind === "room_deleted") return { why: "deleted", by };
  if (event.user !== me) return null;
  return { why: event.actor === me ? "left" : "removed", by };
}
