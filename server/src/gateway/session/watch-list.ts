import { isFault, LIMITS, type RoomId, type UserId } from "@parley/protocol";
import type { Store } from "../../store/store.ts";
import type { FollowedFeed } from "../feeds/followed-feed.ts";
import type { RoomSignals } from "../signals/room-signals.ts";
import type { SignalHub } from "../signals/signal-hub.ts";
import type { Connection } from "../socket/connection.ts";
import { encode, signalsTopic } from "../wire/codec.ts";

/** What a frame of an answer counts as beyond its length. Bytes: for the read of the positions, measured. */
const ROOM_BYTES = 1_024;

export type WatchListParts = {
  readonly user: UserId;
  readonly connection: Connection;
  readonly store: Pick<Store, "reads">;
  readonly signalHub: SignalHub;
  /** Charges what is answered. */
  readonly spend: (bytes: number) => void;
};

/**
 * The rooms whose signals one session wants, and those of them that it receives: the ones that it is linked to. A session
 * that never watches has none of this.
 */
export class WatchList {
  readonly #parts: WatchListParts;
  #wanted: ReadonlySet<RoomId> = new Set();
  readonly #watched = new Map<RoomId, RoomSignals>();

  constructor(parts: WatchListParts) {
    this.#parts = parts;
  }

  /** Replaces the list. Each room that is linked is answered by a snapshot; the others wait until they are. */
  async replace(
    rooms: readonly RoomId[],
    followed: (room: RoomId) => FollowedFeed | undefined,
  ): Promise<void> {
    this.#wanted = new Set(rooms);
    for (const room of [...this.#watched.keys()]) if (!this.#wanted.has(room)) this.#stop(room);
    const linked: FollowedFeed[] = [];
    for (const room of this.#wanted) {
      const feed = followed(room);
      if (feed) linked.push(feed);
    }
    await this.linked(linked);
  }

  /** The session is linked to these feeds now. */
  async linked(feeds: readonly FollowedFeed[]): Promise<void> {
    const wanted = feeds.filter(({ feed }) => this.#wanted.has(feed));
    for (const followed of wanted) this.#start(followed);
    for (const followed of wanted) {
      if (followed.members !== null && followed.members > LIMITS.receipts) continue;
      const { feed: room } = followed;
      const reads = await this.#parts.store.reads(room, { user: this.#parts.user });
      // The room may be lost, or no longer wanted, since it was asked.
      if (isFault(reads) || reads.length === 0 || !this.#watched.has(room)) continue;
      this.#send(encode({ type: "receipts", room, reads: [...reads] }));
    }
  }

  /** The session lost this feed: it receives no more of its signals. */
  unlinked(room: RoomId): void {
    this.#stop(room);
  }

  close(): void {
    for (const room of this.#watched.values()) this.#parts.signalHub.unwatch(room);
    this.#watched.clear();
  }

  /** Subscribes and sends the snapshot in one step, so that no change is lost between. */
  #start(followed: FollowedFeed): void {
    const { connection, signalHub } = this.#parts;
    let room = this.#watched.get(followed.feed);
    if (!room) {
      room = signalHub.watch(followed);
      this.#watched.set(followed.feed, room);
      connection.subscribe(signalsTopic(followed.feed));
    }
    for (const frame of room.snapshotFrames()) this.#send(frame);
  }

  #send(frame: string): void {
    this.#parts.spend(ROOM_BYTES + frame.length);
    this.#parts.connection.send(frame);
  }

  #stop(room: RoomId): void {
    const watched = this.#watched.get(room);
    if (!watched) return;
    this.#watched.delete(room);
    this.#parts.connection.unsubscribe(signalsTopic(room));
    this.#parts.signalHub.unwatch(watched);
  }
}
