import type { FeedItem, FeedState, ReadState, RoomId, RoomStanding, UserId } from "@parley/protocol";
import { backoff } from "../base/backoff.ts";
import type { Platform } from "../base/platform.ts";
import { type Counted, UnreadCount } from "./unread-count.ts";

/** At most one position a room is sent in this time; the server stores no more. Milliseconds. */
const SEND_INTERVAL = 2_000;
/** A position that the server has not confirmed by then is sent again: a refusal has no answer. Milliseconds. */
const CONFIRM_TIMEOUT = 30_000;
/** How long several doubts about a room's count become one question. Milliseconds. */
const ASK_DELAY = 300;

export type ReadsParts = {
  readonly platform: Pick<Platform, "monotonicNow" | "timer" | "random">;
  me(): UserId | null;
  live(): boolean;
  send(room: RoomId, seq: number): void;
  /** The server's count. Rejects when it cannot be had now. */
  ask(room: RoomId): Promise<RoomStanding>;
  /** What the loaded messages of the room count above `seq`; null where they do not reach that far. */
  count(room: RoomId, seq: number): Counted | null;
  /** The server's answer is here. False when it is older than what is known of the room: it is asked for again. */
  updated(room: RoomStanding): boolean;
  changed(): void;
};

type Track = {
  readonly count: UnreadCount;
  /** The entry of this connection's list of feeds, as long as no event was applied since. */
  listed: { readonly read: ReadState; readonly head: number } | null;
  /** The position that the server has not confirmed yet, 0 when it has. */
  wanted: number;
  sentAt: number | null;
  stopSending: (() => void) | null;
  stopWaiting: (() => void) | null;
  stopAsking: (() => void) | null;
  faults: number;
};

const NOTHING: ReadState = { seq: 0, unread: 0, mentions: 0 };

/** How far this user has read each room: here, on other devices, and what is unread above. */
export class Reads {
  readonly #parts: ReadsParts;
  readonly #tracks = new Map<RoomId, Track>();

  constructor(parts: ReadsParts) {
    this.#parts = parts;
  }

  /** How many positions the server has not confirmed. */
  get unconfirmed(): number {
    let count = 0;
    for (const {
      wanted,
      count: { isUnsure },
    } of this.#tracks.values())
      if (wanted > 0 || isUnsure) count++;
    return count;
  }

  of(room: RoomId): ReadState {
    return this.#tracks.get(room)?.count.state ?? NOTHING;
  }

  /** The full list of the user's rooms. */
  list(feeds: readonly FeedState[]): void {
    const mine = new Set(feeds.map(({ feed }) => feed));
    for (const room of [...this.#tracks.keys()]) if (!mine.has(room)) this.forget(room);
    for (const feed of feeds) {
      const known = this.#tracks.get(feed.feed);
      // A list is newer than what was known: where it goes back, a feed has another lineage.
      if (
        known &&
        (known.count.asOf > feed.head || (known.wanted === 0 && known.count.seq > (feed.read?.seq ?? 0)))
      )
        this.forget(feed.feed);
      this.feedState(feed, false);
      const track = this.#tracks.get(feed.feed);
      if (track) track.listed = feed.read ? { read: feed.read, head: feed.head } : null;
    }
  }

  /** The state of a room's feed. `placed`: its events up to the head are not sent. */
  feedState({ feed, state, head, room, read }: FeedState, placed: boolean): void {
    if (state === "gone") this.forget(feed);
    if (state === "gone" || !room) return;
    const track = this.#tracks.get(feed);
    // A new member has read what was sent before.
    if (!track) this.#begin(feed, new UnreadCount(read ?? { ...NOTHING, seq: head }, head));
    else if (read) this.#take(track, read, head);
    else if (placed) track.count.skipTo(head);
    this.#settle(feed);
  }

  /** The room's feed has another lineage, so no seq that is known here counts. */
  reset(room: RoomId, head: number): void {
    const track = this.#tracks.get(room);
    if (!track) return;
    const { listed } = track;
    this.forget(room);
    const isCurrent = listed !== null && listed.head === head;
    this.#begin(room, isCurrent ? new UnreadCount(listed.read, head) : UnreadCount.untold(head));
    this.#settle(room);
  }

  /** The private feed has another lineage: the server may have forgotten positions that it had confirmed. */
  resetOwn(headOf: (room: RoomId) => number): void {
    for (const [room, { listed, wanted }] of [...this.#tracks]) {
      this.forget(room);
      this.#begin(
        room,
        listed ? new UnreadCount(listed.read, listed.head) : UnreadCount.untold(headOf(room)),
      );
      if (wanted > 0) this.mark(room, wanted);
      this.#settle(room);
    }
  }

  forget(room: RoomId): void {
    const track = this.#tracks.get(room);
    if (!track) return;
    stopTimers(track);
    this.#tracks.delete(room);
  }

  /** Another lineage: every position is void. */
  clear(): void {
    for (const room of [...this.#tracks.keys()]) this.forget(room);
  }

  applied(room: RoomId, events: readonly FeedItem[]): void {
    const me = this.#parts.me();
    const track = this.#tracks.get(room);
    if (!track || me === null) return;
    track.listed = null;
    track.count.applied(events, me);
    if (track.wanted <= track.count.seq && events.some((event) => isOwnMessage(event, me, track.wanted)))
      track.wanted = 0;
    this.#settle(room);
  }

  /** Events of the user's own feed: what other devices have read, and the confirmation of what this one sent. */
  appliedOwn(events: readonly FeedItem[]): void {
    for (const event of events) {
      if (event.kind !== "room_read" && event.kind !== "room_added") continue;
      const track = this.#tracks.get(event.room);
      if (!track) continue;
      track.count.moveTo(event.room_seq);
      if (track.wanted <= event.room_seq) track.wanted = 0;
      this.#settle(event.room);
    }
  }

  /** This device has read up to `seq`. */
  mark(room: RoomId, seq: number): void {
    const track = this.#tracks.get(room);
    if (!track?.count.moveTo(seq)) return;
    track.wanted = seq;
    this.#tell(room, track);
    this.#settle(room);
    this.#parts.changed();
  }

  /** The connection resumes, or a frame was not taken: what is not confirmed is sent again. */
  resend(): void {
    for (const [room, track] of this.#tracks) {
      track.sentAt = null;
      if (track.wanted > 0) this.#tell(room, track);
      this.#settle(room);
    }
  }

  /** Says at once what waits for its time: the page goes away. */
  flush(): void {
    for (const [room, track] of this.#tracks) {
      if (track.stopSending && track.wanted > 0) this.#parts.send(room, track.wanted);
    }
  }

  disconnected(): void {
    for (const track of this.#tracks.values()) {
      stopTimers(track);
      track.sentAt = null;
      track.faults = 0;
    }
  }

  #begin(room: RoomId, count: UnreadCount): void {
    const idle = {
      listed: null,
      wanted: 0,
      sentAt: null,
      stopSending: null,
      stopWaiting: null,
      stopAsking: null,
      faults: 0,
    };
    this.#tracks.set(room, { count, ...idle });
  }

  #take(track: Track, read: ReadState, head: number): void {
    track.count.take(read, head);
    if (track.wanted <= read.seq) track.wanted = 0;
  }

  #tell(room: RoomId, track: Track): void {
    const { platform, live, send } = this.#parts;
    if (track.stopSending || !live()) return;
    const pause = track.sentAt === null ? 0 : track.sentAt + SEND_INTERVAL - platform.monotonicNow();
    if (pause > 0) {
      track.stopSending = platform.timer(pause, () => {
        track.stopSending = null;
        if (track.wanted > 0) this.#tell(room, track);
      });
      return;
    }
    track.sentAt = platform.monotonicNow();
    send(room, track.wanted);
    track.stopWaiting?.();
    track.stopWaiting = platform.timer(CONFIRM_TIMEOUT, () => {
      if (track.wanted > 0) this.#tell(room, track);
    });
  }

  /** Where a count is unsure it is computed from the loaded messages; otherwise the server is asked, once it has our position. */
  #settle(room: RoomId): void {
    const track = this.#tracks.get(room);
    if (!track?.count.isUnsure) return;
    const counted = this.#parts.count(room, track.count.seq);
    if (counted) track.count.settle(counted);
    if (!track.count.isUnsure || track.wanted > 0 || track.stopAsking || !this.#parts.live()) return;
    const { platform } = this.#parts;
    const pause = ASK_DELAY + (track.faults === 0 ? 0 : backoff(track.faults, platform.random()));
    track.stopAsking = platform.timer(pause, () => void this.#ask(room, track));
  }

  async #ask(room: RoomId, track: Track): Promise<void> {
    // Stays set until the answer, so that there is one question at a time.
    track.stopAsking = () => {};
    const answer = await this.#parts.ask(room).catch(() => null);
    if (this.#tracks.get(room) !== track) return;
    track.stopAsking = null;
    if (answer?.read && this.#parts.updated(answer)) this.#take(track, answer.read, answer.head);
    track.faults = track.count.isUnsure ? track.faults + 1 : 0;
    this.#settle(room);
    this.#parts.changed();
  }
}

/** The server has this user at least at `seq`: the message that the user sent is not below it. */
function isOwnMessage(event: FeedItem, me: UserId, seq: number): boolean {
  return event.kind === "message_sent" && event.actor === me && event.seq >= seq;
}

function stopTimers(track: Track): void {
  track.stopSending?.();
  track.stopWaiting?.();
  track.stopAsking?.();
  track.stopSending = null;
  track.stopWaiting = null;
  track.stopAsking = null;
}
