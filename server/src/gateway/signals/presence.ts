import type { FeedEvent, FeedId, RoomId, UserId } from "@parley/protocol";
import { userOfFeed } from "@parley/protocol";
import type { Bus, Signal, Unsubscribe } from "../../bus/bus.ts";
import type { User } from "../../store/store.ts";
import type { Timing } from "./timing.ts";

/** How long after the last session somebody is still here, so that a reconnect makes no noise. Milliseconds. */
export const GRACE = 10_000;

/** The members of one room who are here. */
type RoomPresence = { readonly room: RoomId; readonly online: Set<UserId> };

/** Somebody who is here: by sessions of this node, in the grace after the last one, or by other nodes. */
type Person = {
  readonly id: UserId;
  readonly name: string;
  sessions: number;
  /** Until when the grace after the last session lasts; 0 without one. */
  until: number;
  /** Other nodes where the user is. */
  elsewhere: Set<string> | null;
  rooms: RoomPresence[];
};

export type PresenceParts = {
  readonly bus: Bus;
  readonly epoch: string;
  /** This node's name among the others. */
  readonly node: string;
  readonly timing: Timing;
  /** Milliseconds; GRACE unless a test says otherwise. */
  readonly grace?: number;
};

/** Called when a member of a room comes or goes. */
export type PresenceListener = (room: RoomId, user: UserId, online: boolean) => void;

const NO_USERS: ReadonlySet<UserId> = new Set();

/**
 * Who is here, and in which rooms: kept for all rooms of all who are here, so that the number in a room of any size is
 * always known and somebody who comes or goes costs one entry for each of their rooms, however many others there are.
 *
 * The rooms come with the first session and follow the user's private feed, the one ordered account of memberships. The
 * node listens to that feed while a session is live, and the fan-out for a while after, longer than the grace.
 */
export class Presence {
  readonly #parts: PresenceParts;
  readonly #people = new Map<UserId, Person>();
  readonly #rooms = new Map<RoomId, RoomPresence>();
  /** Those in grace, the first to go first: the grace is equally long for all. */
  readonly #leaving = new Set<Person>();
  readonly #listeners = new Set<PresenceListener>();
  readonly #unsubscribe: Unsubscribe;
  #cancelTimer: (() => void) | null = null;

  constructor(parts: PresenceParts) {
    this.#parts = parts;
    this.#unsubscribe = parts.bus.onSignal((signal) => this.#onSignal(signal));
  }

  onChange(listener: PresenceListener): void {
    this.#listeners.add(listener);
  }

  isOnline(user: UserId): boolean {
    return this.#people.has(user);
  }

  /** The name of somebody who is here; empty for anybody else. */
  nameOf(user: UserId): string {
    return this.#people.get(user)?.name ?? "";
  }

  /** Everybody who is here. */
  online(): IterableIterator<UserId> {
    return this.#people.keys();
  }

  /** The members of a room who are here. */
  inRoom(room: RoomId): ReadonlySet<UserId> {
    return this.#rooms.get(room)?.online ?? NO_USERS;
  }

  /** A session of the user went live. `rooms` is asked only if no other one is here. */
  arrive({ id, name }: User, rooms: () => ReadonlySet<RoomId>): void {
    const person = this.#people.get(id) ?? this.#newPerson(id, name);
    const first = person.sessions === 0 && person.until === 0;
    person.sessions++;
    person.until = 0;
    this.#leaving.delete(person);
    if (!first) return;
    this.#setRooms(person, rooms());
    this.#tell(person, true);
  }

  /** A live session of the user ended. */
  depart(user: UserId): void {
    const person = this.#people.get(user);
    if (!person || --person.sessions > 0) return;
    person.until = this.#parts.timing.now() + (this.#parts.grace ?? GRACE);
    this.#leaving.add(person);
    this.#wait();
  }

  /** An event that says who is in a room passed on this node. */
  membership(feed: FeedId, event: FeedEvent): void {
    if (event.kind === "room_deleted") {
      this.#close(feed);
      return;
    }
    if (event.kind !== "room_added" && event.kind !== "room_removed") return;
    const person = this.#people.get(userOfFeed(feed));
    // Who is here only by other nodes is told of by them.
    if (!person || (person.sessions === 0 && person.until === 0)) return;
    if (event.kind === "room_added") this.#enter(person, event.room);
    else this.#leave(person, event.room);
    this.#tell(person, true);
  }

  close(): void {
    this.#unsubscribe();
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

  /** The room is gone: nobody is in it, and nobody is left to be told. */
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
      this.#tell(person, false);
      if (!person.elsewhere) this.#forget(person);
    }
  }

  #forget(person: Person): void {
    this.#people.delete(person.id);
    const { rooms } = person;
    person.rooms = [];
    for (const here of rooms) this.#take(here, person);
  }

  #tell(person: Person, online: boolean): void {
    const { bus, epoch, node } = this.#parts;
    const rooms = online ? person.rooms.map(({ room }) => room) : [];
    const { id, name } = person;
    bus.signal({ kind: "presence", epoch, node, user: { id, name }, online, rooms });
  }

  #onSignal(signal: Signal): void {
    const { epoch, node } = this.#parts;
    // What happens on this node is known already, also when the bus is down.
    if (signal.kind !== "presence" || signal.epoch !== epoch || signal.node === node) return;
    const { id, name } = signal.user;
    const person = this.#people.get(id);
    const local = person !== undefined && (person.sessions > 0 || person.until > 0);
    if (signal.online) {
      const here = person ?? this.#newPerson(id, name);
      here.elsewhere ??= new Set();
      here.elsewhere.add(signal.node);
      // Of those with a session here this node hears by itself, and surely.
      if (!local) this.#setRooms(here, new Set(signal.rooms));
      return;
    }
    if (!person?.elsewhere?.delete(signal.node)) return;
    if (person.elsewhere.size > 0) return;
    person.elsewhere = null;
    if (!local) this.#forget(person);
  }
}
