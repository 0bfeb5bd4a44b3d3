import {
  type FeedEvent,
  type FeedId,
  type FeedState,
  type Guest,
  LOBBY,
  type Role,
  type RoomEntry,
  type RoomId,
  type RoomKind,
  type UserId,
} from "@parley/protocol";
import { Derived, type Observable } from "./observable.ts";

/** A room of the user, as a list shows it. */
export type RoomView = {
  readonly id: RoomId;
  readonly kind: RoomKind;
  /** Its name; in a direct room, the other's. */
  readonly title: string;
  readonly topic: string;
  /** How many members it has. */
  readonly members: number;
  readonly role: Role | null;
  /** The other one in a direct room. */
  readonly peer: Guest | null;
  /** The last seq that is known to exist. */
  readonly head: number;
};

/** `seq`: the event up to which the entry is right. */
type Known = { entry: RoomEntry; seq: number };

/** The user's rooms: the lobby first, then by title. */
export class Roster {
  readonly #rooms = new Map<RoomId, Known>();
  readonly #derived: Derived<readonly RoomView[]>;

  constructor(headOf: (feed: FeedId) => number) {
    this.#derived = new Derived<readonly RoomView[]>(() =>
      [...this.#rooms.values()]
        .map(({ entry, seq }) => toView(entry, Math.max(seq, headOf(entry.id))))
        .sort(byTitle),
    );
  }

  get view(): Observable<readonly RoomView[]> {
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

  stand(feed: FeedState): void {
    if (feed.state === "gone") this.#rooms.delete(feed.feed);
    else this.#take(feed);
    this.#derived.invalidate();
  }

  applied(feed: FeedId, events: readonly FeedEvent[], me: UserId | null): void {
    const known = this.#rooms.get(feed);
    if (!known) return;
    for (const event of events) {
      if (event.seq <= known.seq) continue;
      known.seq = event.seq;
      if (event.kind === "member_joined")
        known.entry = joined(known.entry, event.user === me ? event.role : null);
      if (event.kind === "member_left") known.entry = { ...known.entry, members: known.entry.members - 1 };
    }
    this.#derived.invalidate();
  }

  headsMoved(): void {
    this.#derived.invalidate();
  }

  #take({ feed, room, head }: FeedState): void {
    if (room) this.#rooms.set(feed, { entry: room, seq: head });
  }
}

function joined(entry: RoomEntry, role: Role | null): RoomEntry {
  return { ...entry, members: entry.members + 1, role: role ?? entry.role };
}

function toView({ id, kind, name, topic, members, role, peer }: RoomEntry, head: number): RoomView {
  return { id, kind, title: name ?? peer?.name ?? "", topic, members, role, peer, head };
}

function byTitle(one: RoomView, other: RoomView): number {
  if (one.id === LOBBY || other.id === LOBBY) return Number(other.id === LOBBY) - Number(one.id === LOBBY);
  return one.title.localeCompare(other.title) || (one.id < other.id ? -1 : 1);
}
