import type { FeedEvent, FeedId, RoomId, UserId } from "@parley/protocol";
import { userOfFeed } from "@parley/protocol";
import type { Bus } from "../../bus/bus.ts";
import type { User } from "../../store/store.ts";
import { OtherNodes, type PresenceOfOthers } from "./other-nodes.ts";
import type { Timing } from "./timing.ts";

/** How long a user stays online after the last session, so that a reconnect causes no signals. Milliseconds. */
export const GRACE = 10_000;

/** The members of one room who are online. */
type RoomPresence = { readonly room: RoomId; readonly online: Set<UserId> };

/** A user who is online: by sessions of this node, in the grace after the last one, or by other nodes. */
type Person = {
  readonly id: UserId;
  readonly name: string;
  sessions: number;
  /** Until when the grace after the last session lasts; 0 without one. */
  until: number;
  /** Other nodes where the user is online. */
  elsewhere: Set<string> | null;
  rooms: RoomPresence[];
};

export type PresenceParts = {
  readonly bus: Bus;
  readonly epoch: string;
  /** This node's name among the others. */
  readonly node: string;
  readonly timing: Timing;
  /** Milliseconds; GRACE unless a test sets another. */
  readonly grace?: number;
};

/** Called when a member of a room comes or goes. */
export type PresenceListener = (room: RoomId, user: UserId, online: boolean) => void;

const NO_USERS: ReadonlySet<UserId> = new Set();

/**
 * Which users are online, and in which rooms: kept for all rooms of all online users, so that the number in a room of any
 * size is always known, and a user who comes or goes costs one entry for each room, however many others there are.
 *
 * The rooms come with the first session and follow the user's private feed, the one ordered account of memberships. The
 * node listens to that feed while a session is live, and the fan-out for a while after, longer than the grace.
 */
export class Presence {
  readonly #parts: PresenceParts;
  readonly #people = new Map<UserId, Person>();
  readonly #rooms = new Map<RoomId, RoomPresence>();
  /** Users in grace, the first to go offline first: the grace is equally long for all. */
  readonly #leaving = new Set<Person>();
  readonly #listeners = new Set<PresenceListener>();
  readonly #unknownListeners = new Set<() => void>();
  readonly #otherNodes: OtherNodes;
  #cancelTimer: (() => void) | null = null;

  constructor(parts: PresenceParts) {
    this.#parts = parts;
    this.#otherNodes = new OtherNodes({ ...parts, presence: this.#others() });
  }

  onChange(listener: PresenceListener): void {
    this.#listeners.add(listener);
  }

  /** Calls the listener when `isUnknown` has changed. */
  onUnknownChange(listener: () => void): void {
    this.#unknownListeners.add(listener);
  }

  /** Whether users of other nodes may be online without being known here: those nodes are out of reach. */
  get isUnknown(): boolean {
    return this.#otherNodes.isUnknown;
  }

  isOnline(user: UserId): boolean {
    return this.#people.has(user);
  }

  /** The name of a user who is online; empty for all others. */
  nameOf(user: UserId): string {
    return this.#people.get(user)?.name ?? "";
  }

  /** All users who are online. */
  online(): IterableIterator<UserId> {
    return this.#people.keys();
  }

  /** The members of a room who are online. */
  inRoom(room: RoomId): ReadonlySet<UserId> {
    return this.#rooms.get(room)?.online ?? NO_USERS;
  }

  /** A session of the user went live. `rooms` is called only for the first one. */
  arrive({ id, name }: User, rooms: () => ReadonlySet<RoomId>): void {
    const person = this.#people.get(id) ?? this.#newPerson(id, name);
    const first = person.sessions === 0 && person.until === 0;
    person.sessions++;
    person.until = 0;
    this.#leaving.delete(person);
    if (!first) return;
    this.#setRooms(person, rooms());
    this.#announce(person, true);
  }

  /** A live session of the user ended. */
  depart(user: UserId): void {
    const person = this.#people.get(user);
    if (!person || --person.sessions > 0) return;
    person.until = this.#parts.timing.now() + (this.#parts.grace ?? GRACE);
    this.#leaving.add(person);
    this.#wait();
  }

  /** An event that changes the members of a room was published on this node. */
  membership(feed: FeedId, event: FeedEvent): void {
    if (event.kind === "room_deleted") {
      this.#close(feed);
      return;
    }
    if (event.kind !== "room_added" && event.kind !== "room_removed") return;
    const person = this.#people.get(userOfFeed(feed));
    // For users who are online on other nodes only, those nodes send the signals.
    if (!person || !isLocal(person)) return;
    if (event.kind === "room_added") this.#enter(person, event.room);
    else this.#leave(person, event.room);
    this.#announce(person, true);
  }

  close(): void {
    this.#otherNodes.close();
    this.#cancelTimer?.();
    this.#people.clear();
    this.#rooms.clear();
    this.#leaving.clear();
  }

  #newPerson(id: UserId, name: string): Person {
    const person: Person = { id, name, sessions: 0, until: 0, elsewhere: null, rooms: [] };
    this.#people.set(id, person);
    return person;
  }

  #enter(person: Person, room: RoomId): void {
    let here = this.#rooms.get(room);
    if (!here) {
      here = { room, online: new Set() };
      this.#rooms.set(room, here);
    }
    if (here.online.has(person.id)) return;
    here.online.add(person.id);
    person.rooms.push(here);
    this.#changed(room, person.id, true);
  }

  #leave(person: Person, room: RoomId): void {
    const at = person.rooms.findIndex((here) => here.room === room);
    const [here] = at < 0 ? [] : person.rooms.splice(at, 1);
    if (here) this.#take(here, person);
  }

  #take(here: RoomPresence, person: Person): void {
    here.online.delete(person.id);
    if (here.online.size === 0) this.#rooms.delete(here.room);
    this.#changed(here.room, person.id, false);
  }

  #setRooms(person: Person, rooms: ReadonlySet<RoomId>): void {
    for (const { room } of [...person.rooms]) if (!rooms.has(room)) this.#leave(person, room);
    for (const room of rooms) this.#enter(person, room);
  }

  #changed(room: RoomId, user: UserId, online: boolean): void {
    for (const listener of this.#listeners) listener(room, user, online);
  }

  /** The room was deleted. */
  #close(room: RoomId): void {
    const here = this.#rooms.get(room);
    if (!here) return;
    for (const user of [...here.online]) {
      const person = this.#people.get(user);
      if (person) this.#leave(person, room);
    }
  }

  /** One timer for all: it waits for the first to go. */
  #wait(): void {
    const [first] = this.#leaving;
    if (!first || this.#cancelTimer) return;
    this.#cancelTimer = this.#parts.timing.after(first.until - this.#parts.timing.now(), () => {
      this.#cancelTimer = null;
      this.#removeOffline();
      this.#wait();
    });
  }

  #removeOffline(): void {
    const now = this.#parts.timing.now();
    for (const person of this.#leaving) {
      if (person.until > now) return;
      this.#leaving.delete(person);
      person.until = 0;
      this.#announce(person, false);
      if (!person.elsewhere) this.#forget(person);
    }
  }

  #forget(person: Person): void {
    this.#people.delete(person.id);
    const { rooms } = person;
    person.rooms = [];
    for (const here of rooms) this.#take(here, person);
  }

  #announce(person: Person, online: boolean): void {
    const { bus, epoch, node } = this.#parts;
    const rooms = online ? person.rooms.map(({ room }) => room) : [];
    const { id, name } = person;
    bus.signal({ kind: "presence", epoch, node, user: { id, name }, online, rooms }, "all");
  }

  /** What other nodes report. */
  #others(): PresenceOfOthers {
    return {
      online: (node, { id, name, rooms }) => {
        const person = this.#people.get(id) ?? this.#newPerson(id, name);
        person.elsewhere ??= new Set();
        person.elsewhere.add(node);
        // For users with a session on this node its own events are exact.
        if (!isLocal(person)) this.#setRooms(person, new Set(rooms));
      },
      offline: (node, user) => {
        const person = this.#people.get(user);
        if (!person?.elsewhere?.delete(node) || person.elsewhere.size > 0) return;
        person.elsewhere = null;
        if (!isLocal(person)) this.#forget(person);
      },
      own: () => this.#own(),
      unknownChanged: () => {
        for (const listener of this.#unknownListeners) listener();
      },
    };
  }

  *#own(): Iterable<User & { readonly rooms: readonly RoomId[] }> {
    for (const person of this.#people.values()) {
      const { id, name } = person;
      if (isLocal(person)) yield { id, name, rooms: person.rooms.map(({ room }) => room) };
    }
  }
}

/** Whether the user has a session on this node, or had one until just now. */
function isLocal({ sessions, until }: Person): boolean {
  return sessions > 0 || until > 0;
}
