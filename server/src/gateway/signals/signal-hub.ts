import {
  type FeedEvent,
  type FeedId,
  fromWire,
  isUserFeed,
  type RoomId,
  type UserId,
  userOfFeed,
} from "@parley/protocol";
import type { Bus, Published, Signal, Unsubscribe } from "../../bus/bus.ts";
import type { SignalCounts } from "../../observe/counts.ts";
import type { FollowedFeed } from "../feeds/followed-feed.ts";
import type { Presence } from "./presence.ts";
import { RoomSignals } from "./room-signals.ts";
import type { Timing } from "./timing.ts";

export type SignalHubParts = {
  readonly bus: Bus;
  readonly epoch: string;
  readonly presence: Presence;
  readonly publish: (topic: string, frame: string) => void;
  readonly timing: Timing;
  readonly counts?: SignalCounts;
};

/**
 * The rooms whose signals sessions of this node watch, and the events that become signals there. A room without watchers
 * has no entry and costs nothing.
 */
export class SignalHub {
  readonly #parts: SignalHubParts;
  readonly #rooms = new Map<RoomId, RoomSignals>();
  readonly #unsubscribe: readonly Unsubscribe[];

  constructor(parts: SignalHubParts) {
    this.#parts = parts;
    parts.presence.onChange((room, user, online) => this.#rooms.get(room)?.presenceChanged(user, online));
    parts.presence.onUnknownChange(() => {
      for (const room of this.#rooms.values()) room.unknownChanged();
    });
    this.#unsubscribe = [
      parts.bus.onSignal((signal) => this.#onSignal(signal)),
      parts.bus.subscribe((published, own) => this.#onPublished(published, own)),
    ];
  }

  /** How many rooms are watched. */
  get size(): number {
    return this.#rooms.size;
  }

  /** Adds a watching session. Each call needs one `unwatch`. */
  watch(followed: FollowedFeed): RoomSignals {
    let room = this.#rooms.get(followed.feed);
    if (!room) {
      room = new RoomSignals(followed, this.#parts);
      this.#rooms.set(followed.feed, room);
    }
    room.watchers++;
    return room;
  }

  unwatch(room: RoomSignals): void {
    if (--room.watchers > 0) return;
    room.close();
    this.#rooms.delete(room.room);
  }

  /** A member of the room is typing. */
  typing(room: RoomId, user: { readonly id: UserId; readonly name: string }): void {
    const { bus, epoch } = this.#parts;
    bus.signal({ kind: "typing", epoch, room, user, on: true }, { room });
  }

  /** An event that changes the members of a room was published on this node. */
  membership(feed: FeedId, event: FeedEvent): void {
    if (event.kind !== "member_joined" && event.kind !== "member_left") return;
    const room = this.#rooms.get(feed);
    room?.memberCountChanged();
    if (event.kind === "member_left") room?.typingEnded(event.user);
  }

  close(): void {
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    for (const room of this.#rooms.values()) room.close();
    this.#rooms.clear();
  }

  #onSignal(signal: Signal): void {
    if (signal.epoch !== this.#parts.epoch) return;
    if (signal.kind === "read") this.#rooms.get(signal.room)?.read(signal.user, signal.seq);
    if (signal.kind !== "typing") return;
    const { id, name } = signal.user;
    if (signal.on) this.#rooms.get(signal.room)?.typing({ id, name });
    else this.#rooms.get(signal.room)?.typingEnded(id);
  }

  /**
   * Private feeds are heard by the nodes of their users only, so the node that stored a read position sends it to those that
   * follow the room.
   */
  #signalReads(feed: FeedId, events: Published["events"]): void {
    const { bus, epoch } = this.#parts;
    for (const wire of events) {
      if (wire.kind !== "room_read") continue;
      const event = fromWire(wire);
      if (event.kind !== "room_read") continue;
      const { room, room_seq: seq } = event;
      const watched = this.#rooms.get(room);
      // Alone, a room that is not watched has no watcher; a large one shows no receipts on any node.
      if (watched ? !watched.showsReads : bus.state() === "alone") continue;
      bus.signal({ kind: "read", epoch, room, user: userOfFeed(feed), seq }, { room });
    }
  }

  /** Events that imply signals: the author of a message has stopped typing, and a reader has a new read position. */
  #onPublished({ epoch, feed, events }: Published, own: boolean): void {
    if (epoch !== this.#parts.epoch) return;
    if (isUserFeed(feed)) {
      if (own) this.#signalReads(feed, events);
      return;
    }
    const room = this.#rooms.get(feed);
    if (!room || !(room.anyTyping || room.showsReads)) return;
    for (const wire of events) {
      if (wire.kind !== "message_sent") continue;
      const event = fromWire(wire);
      if (event.kind !== "message_sent") continue;
      room.typingEnded(event.actor);
      if (event.walk_in === true) continue;
      // Sending moves the read position of the author (SPEC CM-19).
      room.read(event.actor, event.seq);
    }
  }
}
