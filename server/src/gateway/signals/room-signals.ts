import { LIMITS, type RoomId, type UserId } from "@parley/protocol";
import type { SignalCounts } from "../../observe/counts.ts";
import type { Followed } from "../feeds/followed-feed.ts";
import { encode, signalsTopic } from "../wire/codec.ts";
import type { Presence } from "./presence.ts";
import { Pace } from "./throttle.ts";
import type { Timing } from "./timing.ts";
import { Typists } from "./typing-set.ts";

/** Each kind of signal goes out at most this often for a room. Milliseconds. */
const EVERY = 1_000;

export type WatchedParts = {
  readonly presence: Pick<Presence, "inRoom">;
  readonly publish: (topic: string, frame: string) => void;
  readonly timing: Timing;
  /** Frames that went out, by kind. */
  readonly counts?: SignalCounts;
};

/**
 * The signals of one room that somebody on this node watches. Each frame is encoded once and goes to all watchers; what
 * comes within a second goes together. A room with more than LIMITS.presence_list members has its people counted, not named.
 */
export class WatchedRoom {
  readonly room: RoomId;
  /** How many sessions of this node watch. */
  watchers = 0;
  readonly #followed: Followed;
  readonly #parts: WatchedParts;

  readonly #presence: Pace;
  /** What was said last: people by name, and how many. */
  #named: boolean;
  #count: number;
  /** Who is otherwise than was said, and how. Empty while people are only counted. */
  readonly #changes = new Map<UserId, boolean>();
  /** Somebody was told what is so now, ahead of the others: what changes back must be said, too. */
  #ahead = false;

  #typists: {
    readonly all: Typists;
    readonly pace: Pace;
    said: boolean;
    callOff: (() => void) | null;
  } | null = null;
  #reads: { readonly moved: Map<UserId, number>; readonly pace: Pace } | null = null;

  constructor(followed: Followed, parts: WatchedParts) {
    this.room = followed.feed;
    this.#followed = followed;
    this.#parts = parts;
    this.#presence = new Pace(parts.timing, EVERY, () => this.#sayPresence());
    this.#named = this.#names();
    this.#count = parts.presence.inRoom(this.room).size;
  }

  /** The frames that tell a new watcher what is so now. */
  *standing(): Iterable<string> {
    yield this.#whole();
    if (this.#presence.waiting) this.#ahead = true;
    const typists = this.#typists?.all;
    if (typists && typists.size > 0) yield this.#typingFrame(typists);
  }

  /** A member came or went. */
  changed(user: UserId, online: boolean): void {
    if (this.#named) {
      // A second change takes the first one back.
      if (this.#changes.has(user) && !this.#ahead) this.#changes.delete(user);
      else this.#changes.set(user, online);
    }
    this.#presence.ask();
  }

  /** The number of members may have changed. */
  sized(): void {
    if (this.#names() !== this.#named) this.#presence.ask();
  }

  /** Somebody is writing. */
  typing(user: { readonly id: UserId; readonly name: string }): void {
    if (!this.#names()) return;
    const { timing } = this.#parts;
    this.#typists ??= {
      all: new Typists(),
      pace: new Pace(timing, EVERY, () => this.#sayTyping()),
      said: false,
      callOff: null,
    };
    this.#typists.all.sign(user, timing.now());
    this.#typists.pace.ask();
    this.#waitForTypists();
  }

  /** Whether anybody is writing. */
  get anyTyping(): boolean {
    return this.#typists !== null && this.#typists.all.size > 0;
  }

  /** The user has said it, or is gone. */
  typingEnds(user: UserId): void {
    if (this.#typists?.all.end(user)) this.#typists.pace.ask();
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
      pace: new Pace(this.#parts.timing, EVERY, () => this.#sayReads()),
    };
    this.#reads.moved.set(user, Math.max(seq, this.#reads.moved.get(user) ?? 0));
    this.#reads.pace.ask();
  }

  /** Nobody watches any more. */
  close(): void {
    this.#presence.stop();
    this.#typists?.pace.stop();
    this.#typists?.callOff?.();
    this.#reads?.pace.stop();
  }

  /** Whether people are named. A room whose size is not known is taken for a large one. */
  #names(): boolean {
    return (this.#followed.members ?? Number.POSITIVE_INFINITY) <= LIMITS.presence_list;
  }

  #whole(): string {
    const here = this.#parts.presence.inRoom(this.room);
    return encode({
      type: "presence",
      room: this.room,
      whole: true,
      count: here.size,
      online: this.#names() ? [...here] : [],
      offline: [],
    });
  }

  #sayPresence(): boolean {
    const { size } = this.#parts.presence.inRoom(this.room);
    const named = this.#names();
    const nothing = named ? this.#changes.size === 0 : size === this.#count && !this.#ahead;
    const crossed = named !== this.#named;
    const frame = crossed ? this.#whole() : nothing ? null : this.#difference(size);
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

  #sayTyping(): boolean {
    const typists = this.#typists;
    if (!typists) return false;
    typists.all.runOut(this.#parts.timing.now());
    // Nobody writes, and nobody was said to.
    if (typists.all.size === 0 && !typists.said) return false;
    if (!this.#names()) typists.all.clear();
    typists.said = typists.all.size > 0;
    this.#publish("typing", this.#typingFrame(typists.all));
    return true;
  }

  #typingFrame(typists: Typists): string {
    return encode({ type: "typing", room: this.room, users: typists.list() });
  }

  #waitForTypists(): void {
    const typists = this.#typists;
    const next = typists?.all.next ?? null;
    if (!typists || typists.callOff || next === null) return;
    const { timing } = this.#parts;
    typists.callOff = timing.after(next - timing.now(), () => {
      typists.callOff = null;
      if (typists.all.runOut(timing.now())) typists.pace.ask();
      this.#waitForTypists();
    });
  }

  #sayReads(): boolean {
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
