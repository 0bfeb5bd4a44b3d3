import {
  type FeedId,
  type FeedItem,
  type FeedState,
  type Guest,
  itemAbove,
  LOBBY,
  type ReadState,
  type Role,
  type RoomEntry,
  type RoomId,
  type RoomKind,
  type RoomStanding,
  type UserId,
} from "@parley/protocol";
import { Derived, type Observable } from "../base/observable.ts";

/** A room of the user, as a list shows it. */
export type RoomSummary = {
  readonly id: RoomId;
  readonly kind: RoomKind;
  /** Its name; in a direct room, the other's. */
  readonly title: string;
  /** Null in a direct room. */
  readonly name: string | null;
  readonly topic: string;
  /** It is read and nothing is added. */
  readonly archived: boolean;
  /** How many members it has. */
  readonly members: number;
  readonly role: Role | null;
  /** The other one in a direct room. */
  readonly peer: Guest | null;
  /** The last seq that is known to exist. */
  readonly head: number;
  /** How far the user has read it, and what of others is above; LIMITS.unread means that many or more. */
  readonly read: ReadState;
  /** How many own messages and edits were refused and wait for a retry or a discard. */
  readonly failed: number;
};

/** `seq`: the event up to which the entry is right; with `missed` some events below were not received. */
type Known = { entry: RoomEntry; seq: number; missed?: true };

/** The user's rooms: the lobby first, then by title. */
export class RoomList {
  readonly #rooms = new Map<RoomId, Known>();
  readonly #derived: Derived<readonly RoomSummary[]>;

  constructor(
    headOf: (feed: FeedId) => number,
    readOf: (room: RoomId) => ReadState,
    failedIn: (room: RoomId) => number,
  ) {
    this.#derived = new Derived<readonly RoomSummary[]>(() =>
      [...this.#rooms.values()]
        .map(({ entry, seq }) => ({
          ...toSummary(entry, Math.max(seq, headOf(entry.id))),
          read: readOf(entry.id),
          failed: failedIn(entry.id),
        }))
        .sort(byTitle),
    );
  }

  get view(): Observable<readonly RoomSummary[]> {
    return this.#derived;
  }

  has(room: RoomId): boolean {
    return this.#rooms.has(room);
  }

  /** The full list: what is not in it is no longer the user's. */
  list(feeds: readonly FeedState[]): void {
    this.#rooms.clear();
    for (const feed of feeds) this.#take(feed);
    this.#derived.invalidate();
  }

  feedState(feed: FeedState): void {
    if (feed.state === "gone") this.#rooms.delete(feed.feed);
    else this.#take(feed);
    this.#derived.invalidate();
  }

  /** Following goes on at `head`. The events between the entry and that are not received. */
  reset(feed: FeedId, head: number): void {
    const known = this.#rooms.get(feed);
    if (!known || known.seq === head) return;
    known.seq = head;
    known.missed = true;
  }

  /** The server's answer about one room. False when events that it does not know of were applied since it was asked. */
  updated({ head, head_id: _, read: __, ...entry }: RoomStanding): boolean {
    const known = this.#rooms.get(entry.id);
    if (!known?.missed) return true;
    if (head < known.seq) return false;
    this.#rooms.set(entry.id, { entry, seq: head });
    this.#derived.invalidate();
    return true;
  }

  applied(feed: FeedId, events: readonly FeedItem[], me: UserId | null): void {
    const known = this.#rooms.get(feed);
    if (!known) return;
    for (const item of events) {
      const event = itemAbove(item, known.seq);
      if (event === null) continue;
      known.seq = event.seq;
      known.entry = applyToEntry(known.entry, event, me);
      // It is the last event, and the room has no members.
      if (event.kind === "room_deleted") this.#rooms.delete(feed);
    }
    this.#derived.invalidate();
  }

  /** What rooms are shown with has changed elsewhere: their heads, or how far they are read. */
  changed(): void {
    this.#derived.invalidate();
  }

  #take({ feed, room, head }: FeedState): void {
    if (room) this.#rooms.set(feed, { entry: room, seq: head });
  }
}

function applyToEntry(entry: RoomEntry, event: FeedItem, me: UserId | null): RoomEntry {
  switch (event.kind) {
    case "member_joined":
      return { ...entry, members: entry.members + 1, role: event.user === me ? event.role : entry.role };
    case "members_joined":
      return { ...entry, members: entry.members + event.seq - event.from + 1 };
    case "member_left":
      return { ...entry, members: entry.members - 1 };
    case "role_changed":
      return event.user === me ? { ...entry, role: event.role } : entry;
    case "room_renamed":
      return { ...entry, name: event.room_name };
    case "topic_changed":
      return { ...entry, topic: event.topic };
    case "room_archived":
      return { ...entry, archived: true };
    case "room_unarchived":
      return { ...entry, archived: false };
    default:
      return entry;
  }
}

function toSummary(entry: RoomEntry, head: number): Omit<RoomSummary, "read" | "failed"> {
  const { id, kind, name, topic, members, archived, role, peer } = entry;
  return {
    id,
    kind,
    title: name ?? peer?.name ?? "",
    name,
    topic,
    members,
    archived,
    role,
    peer,
    head,
  };
}

function byTitle(one: RoomSummary, other: RoomSummary): number {
  if (one.id === LOBBY || other.id === LOBBY) return Number(other.id === LOBBY) - Number(one.id === LOBBY);
  return one.title.localeCompare(other.title) || (one.id < other.id ? -1 : 1);
}
