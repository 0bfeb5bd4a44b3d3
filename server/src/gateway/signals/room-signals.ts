import { LIMITS, type RoomId, type UserId } from "@parley/protocol";
import type { SignalCounts } from "../../observe/counts.ts";
import type { FollowedFeed } from "../feeds/followed-feed.ts";
import { encode, signalsTopic } from "../wire/codec.ts";
import type { Presence } from "./presence.ts";
import { Throttle } from "./throttle.ts";
import type { Timing } from "./timing.ts";
import { TypingSet } from "./typing-set.ts";

/** Each kind of signal goes out at most this often for a room. Milliseconds. */
const SIGNAL_INTERVAL = 1_000;

export type RoomSignalsParts = {
  readonly presence: Pick<Presence, "inRoom" | "isUnknown">;
  readonly publish: (topic: string, frame: string) => void;
  readonly timing: Timing;
  /** Frames that went out, by kind. */
  readonly counts?: SignalCounts;
};

/**
 * The signals of one room that sessions of this node watch. Each frame is encoded once and goes to all watchers; what
 * comes within a second goes together. In a room with more than LIMITS.presence_list members users are counted, not listed.
 */
export class RoomSignals {
  readonly room: RoomId;
  /** How many sessions of this node watch. */
  watchers = 0;
  readonly #followed: FollowedFeed;
  readonly #parts: RoomSignalsParts;

  readonly #presence: Throttle;
  /** What was sent last: whether users were listed, and how many. */
  #named: boolean;
  #count: number;
  /** Users who changed since then, and how. Empty while users are only counted. */
  readonly #changes = new Map<UserId, boolean>();
  /** A new watcher got a newer snapshot than the others: a change that is taken back must be sent, too. */
  #ahead = false;

  #typers: {
    readonly all: TypingSet;
    readonly throttle: Throttle;
    published: boolean;
  } | null = null;
  #reads: { readonly moved: Map<UserId, number>; readonly throttle: Throttle } | null = null;

  constructor(followed: FollowedFeed, parts: RoomSignalsParts) {
    this.room = followed.feed;
    this.#followed = followed;
    this.#parts = parts;
    this.#presence = new Throttle(parts.timing, SIGNAL_INTERVAL, () => this.#publishPresence());
    this.#named = this.#namesPeople();
    this.#count = parts.presence.inRoom(this.room).size;
  }

  /** The snapshot for a new watcher. */
  *snapshotFrames(): Iterable<string> {
    yield this.#presenceSnapshot();
    if (this.#presence.pending) this.#ahead = true;
    const typers = this.#typers?.all;
    if (typers && typers.size > 0) yield this.#typingFrame(typers);
  }

  /** A member came or went. */
  presenceChanged(user: UserId, online: boolean): void {
    if (this.#named) {
      // A second change cancels the first one.
      if (this.#changes.has(user) && !this.#ahead) this.#changes.delete(user);
      else this.#changes.set(user, online);
    }
    this.#presence.request();
  }

  /** Whether users of other nodes are known has changed: the whole state says so. */
  unknownChanged(): void {
    this.#changes.clear();
    this.#publish("presence", this.#presenceSnapshot());
  }

  /** The number of members may have changed. */
  memberCountChanged(): void {
    if (this.#namesPeople() !== this.#named) this.#presence.request();
  }

  /** A user is typing. */
  typing(user: { readonly id: UserId; readonly name: string }): void {
    if (!this.#namesPeople()) return;
    const { timing } = this.#parts;
    this.#typers ??= {
      all: new TypingSet(timing, () => this.#typers?.throttle.request()),
      throttle: new Throttle(timing, SIGNAL_INTERVAL, () => this.#publishTyping()),
      published: false,
    };
    this.#typers.all.mark(user);
    this.#typers.throttle.request();
  }

  /** Whether any user is typing. */
  get anyTyping(): boolean {
    return this.#typers !== null && this.#typers.all.size > 0;
  }

  /** The user has sent the message, or is gone. */
  typingEnded(user: UserId): void {
    if (this.#typers?.all.end(user)) this.#typers.throttle.request();
  }

  /** Whether the room is small enough to show how far each member has read. */
  get showsReads(): boolean {
    return (this.#followed.members ?? Number.POSITIVE_INFINITY) <= LIMITS.receipts;
  }

  /** A member has read up to this seq. */
  read(user: UserId, seq: number): void {
    if (!this.showsReads) return;
    this.#reads ??= {
      moved: new Map(),
      throttle: new Throttle(this.#parts.timing, SIGNAL_INTERVAL, () => this.#publishReads()),
    };
    this.#reads.moved.set(user, Math.max(seq, this.#reads.moved.get(user) ?? 0));
    this.#reads.throttle.request();
  }

  /** The last session stopped watching. */
  close(): void {
    this.#presence.stop();
    this.#typers?.throttle.stop();
    this.#typers?.all.stop();
    this.#reads?.throttle.stop();
  }

  /** Whether users are listed. A room of unknown size counts as a large one. */
  #namesPeople(): boolean {
    return (this.#followed.members ?? Number.POSITIVE_INFINITY) <= LIMITS.presence_list;
  }

  #presenceSnapshot(): string {
    const here = this.#parts.presence.inRoom(this.room);
    return encode({
      type: "presence",
      room: this.room,
      whole: true,
      count: here.size,
      online: this.#namesPeople() ? [...here] : [],
      offline: [],
      ...(this.#parts.presence.isUnknown ? { unknown: true } : {}),
    });
  }

  #publishPresence(): boolean {
    const { size } = this.#parts.presence.inRoom(this.room);
    const named = this.#namesPeople();
    const nothing = named ? this.#changes.size === 0 : size === this.#count && !this.#ahead;
    const crossed = named !== this.#named;
    const frame = crossed ? this.#presenceSnapshot() : nothing ? null : this.#difference(size);
    this.#named = named;
    this.#count = size;
    this.#changes.clear();
    this.#ahead = false;
    if (frame !== null) this.#publish("presence", frame);
    return frame !== null;
  }

  #difference(count: number): string {
    const online: UserId[] = [];
    const offline: UserId[] = [];
    for (const [user, here] of this.#changes) (here ? online : offline).push(user);
    return encode({ type: "presence", room: this.room, count, online, offline });
  }

  #publishTyping(): boolean {
    const typers = this.#typers;
    if (!typers) return false;
    typers.all.expire();
    // No user is typing, and the last frame had none.
    if (typers.all.size === 0 && !typers.published) return false;
    if (!this.#namesPeople()) typers.all.clear();
    typers.published = typers.all.size > 0;
    this.#publish("typing", this.#typingFrame(typers.all));
    return true;
  }

  #typingFrame(typers: TypingSet): string {
    return encode({ type: "typing", room: this.room, users: typers.list() });
  }

  #publishReads(): boolean {
    const moved = this.#reads?.moved;
    if (!moved || moved.size === 0) return false;
    const reads = [...moved].map(([user, seq]) => ({ user, seq }));
    moved.clear();
    this.#publish("receipts", encode({ type: "receipts", room: this.room, reads }));
    return true;
  }

  #publish(kind: keyof SignalCounts, frame: string): void {
    if (this.#parts.counts) this.#parts.counts[kind]++;
    this.#parts.publish(signalsTopic(this.room), frame);
  }
}
