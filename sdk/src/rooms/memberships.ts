import {
  type FeedId,
  type FeedItem,
  type FeedState,
  type RoomId,
  type UserId,
  userFeed,
} from "@parley/protocol";
import { batch, Derived, type Observable } from "../base/observable.ts";
import type { UnreadTotal } from "../client.ts";
import type { Position } from "../feeds/cursors.ts";
import { Reads, type ReadsParts } from "../feeds/reads.ts";
import type { OutboxItem } from "../outbox/outbox.ts";
import type { Gone } from "./room.ts";
import type { RoomHandle } from "./room-handle.ts";
import { RoomList, type RoomSummary } from "./room-list.ts";

export type MembershipsParts = Omit<ReadsParts, "count" | "updated" | "changed"> & {
  /** The room's handle, if the app has asked for it. */
  known(room: RoomId): RoomHandle | undefined;
  headOf(feed: FeedId): number;
  /** The room's commands in the outbox. */
  waiting(room: RoomId): readonly OutboxItem[];
};

const LOST: Gone = { why: "lost", by: null };

/** The user's rooms: their entries, read positions and heads, and why one is no longer there. */
export class Memberships {
  readonly reads: Reads;
  readonly #parts: MembershipsParts;
  readonly #list: RoomList;
  readonly #unread: Derived<UnreadTotal>;
  /** Rooms that are gone according to the user's private feed, and why: that may be known before the room is gone, or after. */
  readonly #removals = new Map<RoomId, Gone>();

  constructor(parts: MembershipsParts) {
    this.#parts = parts;
    this.reads = new Reads({
      ...parts,
      count: (room, seq) => parts.known(room)?.cache.countAbove(seq, parts.me() ?? "") ?? null,
      updated: (standing) => this.#list.updated(standing),
      changed: () => this.changed(),
    });
    this.#list = new RoomList(
      parts.headOf,
      (room) => this.reads.of(room),
      (room) => parts.waiting(room).filter(({ state }) => state === "failed").length,
    );
    this.#unread = new Derived(() => totalOf(this.#list.view.get()), sameTotal);
  }

  get view(): Observable<readonly RoomSummary[]> {
    return this.#list.view;
  }

  get unread(): Observable<UnreadTotal> {
    return this.#unread;
  }

  has(room: RoomId): boolean {
    return this.#list.has(room);
  }

  /** Another lineage: nothing that is known counts. */
  clear(): void {
    this.reads.clear();
    this.#removals.clear();
  }

  /** The full list; `rooms` are those that the app has asked for. */
  listed(feeds: readonly FeedState[], gone: readonly FeedId[], rooms: Iterable<RoomHandle>): void {
    this.#list.list(feeds);
    this.reads.list(feeds);
    for (const { feed, head } of feeds) this.#endsAt(feed, head);
    for (const room of rooms) {
      if (gone.includes(room.id)) this.#left(room.id);
      if (this.has(room.id)) room.cache.returned();
      // The server sends no events of rooms that are not the user's: a preview is as old as its page.
      else room.cache.stale();
    }
    this.changed();
  }

  feedState(feed: FeedState, placement: Position): void {
    this.#list.feedState(feed);
    this.reads.feedState(feed, placement === "placed");
    const room = this.#parts.known(feed.feed);
    switch (placement) {
      case "placed":
        room?.cache.returned();
        room?.cache.stale();
        break;
      case "kept":
      case "void":
        this.#endsAt(feed.feed, feed.head);
        room?.cache.refresh();
        break;
      case "dropped":
        this.#left(feed.feed);
        break;
      default:
        placement satisfies never;
    }
    this.changed();
  }

  reset(feed: FeedId): void {
    const { me, headOf } = this.#parts;
    if (feed === userFeed(me() ?? "")) this.reads.resetOwn(headOf);
    this.#list.reset(feed, headOf(feed));
    this.reads.reset(feed, headOf(feed));
    this.#parts.known(feed)?.cache.drop();
    this.changed();
  }

  applied(feed: FeedId, events: readonly FeedItem[]): void {
    const me = this.#parts.me();
    if (me !== null && feed === userFeed(me)) this.#appliedOwn(events, me);
    const fits = this.#parts.known(feed)?.applied(events, me) ?? true;
    this.#list.applied(feed, events, me);
    this.reads.applied(feed, events);
    if (!fits) this.reads.reset(feed, this.#parts.headOf(feed));
    if (!this.has(feed)) this.reads.forget(feed);
    this.changed();
  }

  changed(): void {
    batch(() => {
      this.#list.changed();
      this.#unread.invalidate();
    });
  }

  #appliedOwn(events: readonly FeedItem[], me: UserId): void {
    for (const event of events) {
      if (event.kind === "room_added") this.#removals.delete(event.room);
      if (event.kind !== "room_removed") continue;
      const by = { id: event.actor, name: event.name };
      this.#removals.set(event.room, { why: event.actor === me ? "left" : "removed", by });
      if (!this.has(event.room)) this.#left(event.room);
    }
    this.reads.appliedOwn(events);
  }

  #endsAt(room: RoomId, head: number): void {
    if (this.#parts.known(room)?.cache.endsAt(head) === false) this.reads.reset(room, head);
  }

  #left(room: RoomId): void {
    this.#parts.known(room)?.cache.left(this.#removals.get(room) ?? LOST);
  }
}

function totalOf(rooms: readonly RoomSummary[]): UnreadTotal {
  const total = { unread: 0, mentions: 0, rooms: 0 };
  for (const { read } of rooms) {
    total.unread += read.unread;
    total.mentions += read.mentions;
    if (read.unread > 0) total.rooms++;
  }
  return total;
}

function sameTotal(one: UnreadTotal, other: UnreadTotal): boolean {
  return one.unread === other.unread && one.mentions === other.mentions && one.rooms === other.rooms;
}
