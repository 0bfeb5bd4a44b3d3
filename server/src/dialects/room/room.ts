import { fromWire, type RoomId, type WireEvent } from "@parley/protocol";
import { skeleton } from "@parley/protocol/name-policy";
import type { FeedListener, FollowedFeed } from "../../gateway/feeds/followed-feed.ts";
import { Throttle } from "../../gateway/signals/throttle.ts";
import type { Timing } from "../../gateway/signals/timing.ts";
import { TypingSet } from "../../gateway/signals/typing-set.ts";
import { type DialectEncoder, encoderTopic, type Occupant, toChatMessage } from "../encoder.ts";
import { JoinLeaveNotices } from "./join-leave-notices.ts";
import { LIST_INTERVAL, Occupants } from "./occupants.ts";

/** Typing is published at most once in this time in a large room. Milliseconds. */
const TYPING_INTERVAL_LARGE = 1_000;

/** A connection of a walk-in, as its room sees it. */
export interface RoomClient extends Occupant {
  readonly encoder: DialectEncoder;
  /** Sends one frame to this client alone. */
  send(frame: string): void;
  /** Pings the peer. Resolves with whether it answered. */
  isAlive(): Promise<boolean>;
  /** Another client takes over the name: this one leaves the room and is disconnected at once. */
  terminate(): void;
  /** The room was deleted. */
  roomDeleted(): void;
}

export type DialectRoomParts = {
  readonly followed: FollowedFeed;
  readonly publish: (topic: string, frame: string) => void;
  readonly timing: Timing;
  /** Milliseconds UTC. */
  readonly wallClock: () => number;
};

/**
 * One room as the dialect clients of this node see it: messages, occupants, joins and departures, typing. Each is encoded
 * once for each dialect that is in use in the room, however many clients receive it.
 */
export class DialectRoom implements FeedListener {
  readonly id: RoomId;
  readonly occupants: Occupants;
  readonly followed: FollowedFeed;
  readonly #publish: DialectRoomParts["publish"];
  readonly #joined: JoinLeaveNotices;
  readonly #left: JoinLeaveNotices;
  readonly #clients = new Map<string, RoomClient>();
  readonly #names = new Map<string, RoomClient>();
  /** How many clients use each encoder. */
  readonly #encoders = new Map<DialectEncoder, number>();
  /** Clients that got no list yet, in a room where the next one for all may be seconds away. */
  readonly #newcomers = new Set<RoomClient>();
  readonly #greetingThrottle: Throttle;
  readonly #typingSet: TypingSet;
  readonly #typingThrottle: Throttle;
  #deleted = false;

  constructor({ followed, publish, timing, wallClock }: DialectRoomParts) {
    this.id = followed.feed;
    this.followed = followed;
    this.#publish = publish;
    this.#joined = new JoinLeaveNotices(timing, wallClock, (all) =>
      this.#broadcast((encoder) => encoder.joined(all)),
    );
    this.#left = new JoinLeaveNotices(timing, wallClock, (all) =>
      this.#broadcast((encoder) => encoder.left(all)),
    );
    this.occupants = new Occupants(timing, (occupants) => {
      this.#newcomers.clear();
      this.#broadcast((encoder) => encoder.people(occupants));
    });
    this.#greetingThrottle = new Throttle(timing, LIST_INTERVAL, () => this.#sendListToNewcomers());
    this.#typingSet = new TypingSet(timing, () => this.#typingChanged());
    this.#typingThrottle = new Throttle(timing, TYPING_INTERVAL_LARGE, () => this.#publishTyping());
  }

  /** The room was deleted: no client may enter. */
  get deleted(): boolean {
    return this.#deleted;
  }

  /** Takes the name for this client, until `leave`. Returns the holder, if there is one. */
  claim(client: RoomClient): RoomClient | null {
    const key = skeleton(client.name);
    const holder = this.#names.get(key);
    if (holder && holder !== client) return holder;
    this.#names.set(key, client);
    return null;
  }

  clients(): IterableIterator<RoomClient> {
    return this.#clients.values();
  }

  client(id: string): RoomClient | undefined {
    return this.#clients.get(id);
  }

  /** A client is in the room, and subscribed already. */
  enter(client: RoomClient): void {
    this.#clients.set(client.id, client);
    this.#encoders.set(client.encoder, (this.#encoders.get(client.encoder) ?? 0) + 1);
    this.#newcomers.add(client);
    this.personJoined(client);
  }

  leave(client: RoomClient): void {
    const key = skeleton(client.name);
    if (this.#names.get(key) === client) this.#names.delete(key);
    if (!this.#clients.delete(client.id)) return;
    this.#newcomers.delete(client);
    const users = (this.#encoders.get(client.encoder) ?? 1) - 1;
    if (users === 0) this.#encoders.delete(client.encoder);
    else this.#encoders.set(client.encoder, users);
    this.personLeft(client.id);
  }

  /** A user of any protocol, the native one too, is in the room now. */
  personJoined(person: Occupant): void {
    if (this.occupants.get(person.id)) return;
    this.#joined.add(person.name);
    this.occupants.add({ id: person.id, name: person.name });
    if (this.occupants.isLarge && this.#newcomers.size > 0) this.#greetingThrottle.request();
  }

  personLeft(id: string): void {
    const person = this.occupants.get(id);
    if (!person) return;
    this.typingEnded(id);
    this.#left.add(person.name);
    this.occupants.remove(id);
  }

  /** A user is typing, or has stopped. */
  typing(person: Occupant, on: boolean): void {
    if (!on) {
      this.typingEnded(person.id);
      return;
    }
    const before = this.#typingSet.size;
    this.#typingSet.mark(person);
    if (this.#typingSet.size !== before) this.#typingChanged();
  }

  typingEnded(id: string): void {
    if (this.#typingSet.end(id)) this.#typingChanged();
  }

  published(events: readonly WireEvent[]): void {
    for (const wire of events) {
      if (wire.kind === "message_sent") this.#messageSent(wire);
      else if (wire.kind === "room_deleted") this.end();
    }
  }

  /** The room was deleted. */
  end(): void {
    this.#deleted = true;
    for (const client of [...this.#clients.values()]) client.roomDeleted();
  }

  close(): void {
    this.#joined.stop();
    this.#left.stop();
    this.occupants.stop();
    this.#greetingThrottle.stop();
    this.#typingThrottle.stop();
    this.#typingSet.stop();
  }

  #messageSent(event: WireEvent): void {
    const sent = fromWire(event);
    if (sent.kind !== "message_sent") return;
    const messageSent = toChatMessage(this.id, sent);
    this.typingEnded(messageSent.author);
    this.#broadcast((encoder) => encoder.message(messageSent));
  }

  /** Sends the list to each new client, encoded once for each dialect. */
  #sendListToNewcomers(): boolean {
    const frames = new Map<DialectEncoder, string | null>();
    const occupants = this.occupants.list();
    for (const client of this.#newcomers) {
      const { encoder } = client;
      if (!frames.has(encoder)) frames.set(encoder, encoder.people(occupants));
      const frame = frames.get(encoder);
      if (frame) client.send(frame);
    }
    const any = this.#newcomers.size > 0;
    this.#newcomers.clear();
    return any;
  }

  #broadcast(encode: (encoder: DialectEncoder) => string | null): void {
    for (const encoder of this.#encoders.keys()) {
      const frame = encode(encoder);
      if (frame !== null) this.#publish(encoderTopic(encoder, this.id), frame);
    }
  }

  /** Publishes at once; in a large room at most once a second, so that the cost does not grow with its square. */
  #typingChanged(): void {
    if (this.occupants.isLarge) {
      this.#typingThrottle.request();
      return;
    }
    this.#typingThrottle.stop();
    this.#publishTyping();
  }

  #publishTyping(): boolean {
    const names = this.#typingSet.list().map(({ name }) => name);
    this.#broadcast((encoder) => encoder.typing(names));
    return true;
  }
}
