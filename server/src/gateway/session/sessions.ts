import { type FeedEvent, type FeedId, type UserId, userOfFeed } from "@parley/protocol";
import type { Head } from "../../store/store.ts";
import type { FanoutListener } from "../feeds/fanout.ts";

/** Heartbeat interval: the longest silence of a live session. Milliseconds. */
export const HEARTBEAT = 25_000;
/** A peer that was silent for longer is gone. Milliseconds. */
const SILENCE = 2.5 * HEARTBEAT;

/** How often sessions are checked. Milliseconds. */
const TICK = 1_000;
/** Bytes that a peer may leave unread before it is cut; the runtime's own limit is 1 MiB. */
const SLOW_BYTES = 524_288;

/** What the check of a session found: the peer is gone, reads too slowly, or is due for a heartbeat. */
export type CheckResult = "silent" | "slow" | "beat" | null;

/** Whether a peer is alive and reads, judged once a second for every session of every protocol. */
export class KeepAlive {
  #lastActivity: number;
  #lastBeat: number;

  /** `now`, here and below, is milliseconds of a clock that never jumps. */
  constructor(now: number) {
    this.#lastActivity = now;
    this.#lastBeat = now;
  }

  active(now: number): void {
    this.#lastActivity = now;
  }

  /** `unread` and `most`: bytes that the peer has not read, and may leave. `interval`: between two heartbeats. */
  check(
    now: number,
    { unread, most, interval }: { unread: number; most: number; interval: number },
  ): CheckResult {
    if (now - this.#lastActivity > SILENCE) return "silent";
    if (unread > most) return "slow";
    if (now - this.#lastBeat < interval) return null;
    this.#lastBeat = now;
    return "beat";
  }
}

/** One socket's session, as the node deals with it. */
export interface SessionHandle {
  /** The device that the hello named; null before. */
  readonly device: string | null;
  /** A newer socket of the same device sent hello: no more frames of this one are taken. */
  replaced(): void;
  /** The user joined this feed by its event `seq`; called between two frames of the feed. */
  gained(feed: FeedId, seq: number): void;
  /** The user is no longer in this feed; called between the frame with that event and the next. */
  lost(feed: FeedId): void;
  /** The feed's lineage changed: the client's copy is void. */
  lineage(feed: FeedId, head: Head): void;
  /** Sends the acks of a batch, all in one frame. */
  flushAcks(): void;
  /** Called each second: closes silent and slow peers, and sends heartbeats. `slowBytes`: what a peer may leave unread. */
  check(now: number, slowBytes: number): void;
  /** The server shuts down; the client reconnects at a random time within `milliseconds`. */
  drain(milliseconds: number): void;
  close(code: number, reason: string): void;
}

/** All sessions of this node: by user, with the events that concern each, and their check once a second. */
export class Sessions implements FanoutListener {
  readonly #all = new Set<SessionHandle>();
  readonly #byUser = new Map<UserId, Set<SessionHandle>>();
  #unflushed: SessionHandle[] = [];
  readonly #tick: ReturnType<typeof setInterval>;
  /** The server shuts down: commands are refused with `draining`. */
  draining = false;

  constructor(now: () => number) {
    this.#tick = setInterval(() => this.#checkAll(now()), TICK);
  }

  get size(): number {
    return this.#all.size;
  }

  add(session: SessionHandle): void {
    this.#all.add(session);
  }

  /** The session belongs to this user now; an older one of the same device ends. */
  signIn(session: SessionHandle, user: UserId): void {
    const present = this.#byUser.get(user) ?? new Set();
    for (const older of [...present]) if (older.device === session.device) older.replaced();
    present.add(session);
    // The older one may have been the last of its user.
    this.#byUser.set(user, present);
  }

  /** The session of the device on this node; the one that ended may be among them until its socket is closed. */
  ofDevice(user: UserId, device: string): readonly SessionHandle[] {
    return [...(this.#byUser.get(user) ?? [])].filter((session) => session.device === device);
  }

  /** How many sockets of other devices the user has. */
  otherDevices(user: UserId, device: string): number {
    let count = 0;
    for (const session of this.#byUser.get(user) ?? []) if (session.device !== device) count++;
    return count;
  }

  remove(session: SessionHandle, user: UserId | null): void {
    this.#all.delete(session);
    if (user === null) return;
    const present = this.#byUser.get(user);
    present?.delete(session);
    if (present?.size === 0) this.#byUser.delete(user);
  }

  /** The session has acks that go out when the batch is answered. */
  toFlush(session: SessionHandle): void {
    this.#unflushed.push(session);
  }

  flushAcks(): void {
    const sessions = this.#unflushed;
    this.#unflushed = [];
    for (const session of sessions) session.flushAcks();
  }

  membership(feed: FeedId, event: FeedEvent): void {
    if (event.kind === "room_deleted") {
      for (const session of [...this.#all]) session.lost(feed);
      return;
    }
    const changed = membershipOf(feed, event);
    if (!changed) return;
    for (const session of [...(this.#byUser.get(changed.user) ?? [])]) {
      if (changed.change === "gained") session.gained(changed.feed, changed.seq);
      else session.lost(changed.feed);
    }
  }

  lineage(feed: FeedId, head: Head): void {
    for (const session of this.#all) session.lineage(feed, head);
  }

  /** Asks each client to reconnect after a random delay, and takes no commands from now on. */
  announceDrain(milliseconds: number): void {
    this.draining = true;
    clearInterval(this.#tick);
    for (const session of this.#all) session.drain(Math.ceil(Math.random() * milliseconds));
  }

  /** Closes all sessions, in slices over this time. */
  async closeAll(milliseconds: number, wait: (milliseconds: number) => Promise<void>): Promise<void> {
    const leaving = [...this.#all];
    const slices = Math.max(1, Math.min(10, Math.ceil(leaving.length / 100)));
    for (let slice = 0; slice < slices; slice++) {
      for (let at = slice; at < leaving.length; at += slices)
        leaving[at]?.close(1012, "The server restarts.");
      if (slice + 1 < slices) await wait(milliseconds / slices);
    }
  }

  close(): void {
    clearInterval(this.#tick);
  }

  #checkAll(now: number): void {
    for (const session of this.#all) session.check(now, SLOW_BYTES);
  }
}

type Membership = {
  readonly user: UserId;
  readonly change: "gained" | "lost";
  readonly feed: FeedId;
  readonly seq: number;
};

/** The change of membership in an event: which user, which feed, by which event. */
function membershipOf(feed: FeedId, event: FeedEvent): Membership | null {
  switch (event.kind) {
    case "member_joined":
      return { user: event.user, change: "gained", feed, seq: event.seq };
    case "member_left":
      return { user: event.user, change: "lost", feed, seq: event.seq };
    case "room_added":
      return { user: userOfFeed(feed), change: "gained", feed: event.room, seq: event.room_seq };
    default:
      return null;
  }
}
