import { type EventId, type FeedId, LIMITS, type WireEvent } from "@parley/protocol";
import type { Head } from "../../store/store.ts";
import { eventsFrame } from "../wire/codec.ts";
import { Ring, type RingBudget, ringBudget } from "./ring.ts";

/** The position of a followed feed. While `starting` its head is not known yet and events are kept as they come. */
type FollowState =
  | { phase: "starting"; early: WireEvent[] }
  | { phase: "following"; published: number; publishedId: EventId | null };

/** One events frame, and what is in it. */
export type FeedFrame = { readonly text: string; readonly events: readonly WireEvent[] };

/** Encodes its text on demand: a feed with listeners of dialects only needs none. */
class LazyFrame implements FeedFrame {
  readonly #feed: FeedId;
  readonly events: readonly WireEvent[];
  #text: string | null = null;

  constructor(feed: FeedId, events: readonly WireEvent[]) {
    this.#feed = feed;
    this.events = events;
  }

  get text(): string {
    this.#text ??= eventsFrame(this.#feed, this.events);
    return this.#text;
  }
}

/** Receives the events of a feed as they are published on this node, such as the rooms of the dialects. */
export interface FeedListener {
  /** Called between two frames, in one synchronous step with their publishing. It must not throw. */
  published(events: readonly WireEvent[]): void;
}

/** What the fan-out does after a feed took events. */
export type TakeResult = {
  /** Frames for the feed's topic, in order. */
  readonly frames: readonly FeedFrame[];
  /** Events are missing below those that are held: ask the store from `published`. */
  readonly gap: boolean;
  /** A known seq came with another id: the lineage changed. */
  readonly conflict: boolean;
};

/** Room for the frame around the events, in bytes: type, feed id, brackets. */
const ENVELOPE = 160;

const NOTHING: TakeResult = { frames: [], gap: false, conflict: false };

/**
 * After this event some sessions no longer receive the feed, so the frame ends with it and the next one goes to fewer. A
 * new member starts with a replay from the event of its join, and needs no cut.
 */
function endsFrame(event: WireEvent): boolean {
  return event.kind === "member_left" || event.kind === "room_deleted";
}

function isJoin({ kind }: WireEvent): boolean {
  return kind === "member_joined";
}

/** What an event does to the number of members. */
export function memberChange(event: WireEvent): number {
  if (event.kind === "member_joined") return 1;
  return event.kind === "member_left" ? -1 : 0;
}

/**
 * One feed that this node follows: the check by event (next: deliver; lower: drop; higher: hold), the
 * ring, and the cutting of frames. Pure: it neither sends nor waits.
 */
export class FollowedFeed {
  readonly feed: FeedId;
  readonly ring: Ring;
  /** How many calls of `acquire` are not released. */
  holders = 0;
  /** Null without listeners: most feeds have none. */
  listeners: Set<FeedListener> | null = null;
  /** When the last holder released it. Milliseconds of a clock that never jumps. */
  idleSince = 0;
  /** When a join was published last. Milliseconds of the same clock. */
  joinsPublishedAt = Number.NEGATIVE_INFINITY;
  #state: FollowState = { phase: "starting", early: [] };
  /** Events above the next one, by seq. */
  readonly #outOfOrder = new Map<number, WireEvent>();
  /** Joins that are taken and not published yet: right above `published`, without a gap. */
  #joins: WireEvent[] = [];
  #members: number | null = null;
  /** The number of members includes all events up to this one. */
  #countedTo = 0;

  constructor(feed: FeedId, budget: RingBudget = ringBudget()) {
    this.feed = feed;
    this.ring = new Ring(budget);
  }

  get started(): boolean {
    return this.#state.phase === "following";
  }

  /** The seq of the last event that was published here; 0 while starting. */
  get published(): number {
    return this.#state.phase === "following" ? this.#state.published : 0;
  }

  /** The seq up to which events were taken: `published`, and the joins that wait above it. */
  get taken(): number {
    return this.published + this.#joins.length;
  }

  /** How many joins wait to be published together. */
  get waitingJoins(): number {
    return this.#joins.length;
  }

  /** The joins that wait, from this index on. */
  joinsFrom(index: number): readonly WireEvent[] {
    return this.#joins.length > index ? this.#joins.slice(index) : [];
  }

  /** The id of the event that was published last; null where it is not known. */
  get publishedId(): EventId | null {
    return this.#state.phase === "following" ? this.#state.publishedId : null;
  }

  /** The id of the event at `seq`, as it was taken here; null where it is no longer known. */
  idAt(seq: number): EventId | null {
    const { published } = this;
    if (seq > published) return this.#joins[seq - published - 1]?.id ?? null;
    if (seq === published) return this.publishedId;
    return this.ring.idAt(seq, published) ?? null;
  }

  /** Whether events are held because one below them has not come. */
  get hole(): boolean {
    return this.#outOfOrder.size > 0;
  }

  /** How many members the room has, as of what was published; null before the first snapshot. */
  get members(): number | null {
    return this.#members;
  }

  /** A snapshot had so many members at `asOf`; from here on the events are counted. */
  setMemberCount(members: number, asOf: number): void {
    if (this.#members !== null) return;
    const since = this.ring.since(asOf, this.published);
    if (since === null) return;
    let count = members;
    for (const event of since) count += memberChange(event);
    this.#members = count;
    this.#countedTo = Math.max(asOf, this.published);
  }

  /** The head is known now: everything above it is delivered from here on. A second call changes nothing. */
  start(head: Head): TakeResult {
    if (this.#state.phase === "following") return NOTHING;
    const { early } = this.#state;
    this.#state = { phase: "following", published: head.seq, publishedId: head.id };
    return early.length === 0 ? NOTHING : this.take(early);
  }

  /**
   * Takes events from the bus or the store, in any order, repeated or with gaps. With `holdJoins` they are not published
   * while all of them are joins; any other event publishes the waiting ones with it, so that the order stays.
   */
  take(events: readonly WireEvent[], holdJoins = false): TakeResult {
    const state = this.#state;
    if (state.phase === "starting") {
      state.early.push(...events);
      return NOTHING;
    }
    const ready = this.#joins;
    let expected = state.published + ready.length + 1;
    for (const event of events) {
      if (event.seq > expected) this.#outOfOrder.set(event.seq, event);
      else if (event.seq < expected) {
        const known = this.idAt(event.seq);
        if (known !== null && known !== event.id) return { frames: [], gap: false, conflict: true };
      } else {
        ready.push(event);
        expected++;
        expected = this.#takeInOrder(ready, expected);
      }
    }
    const gap = this.#outOfOrder.size > 0;
    if (holdJoins && ready.every(isJoin)) return { frames: [], gap, conflict: false };
    this.#joins = [];
    const frames = this.#cut(ready);
    state.published = expected - 1;
    state.publishedId = ready.at(-1)?.id ?? state.publishedId;
    return { frames, gap, conflict: false };
  }

  /** Forgets everything: the feed has another lineage now, and `head` is its last event. */
  restart(head: Head): void {
    this.ring.clear();
    this.#outOfOrder.clear();
    this.#joins = [];
    this.#members = null;
    this.#state = { phase: "following", published: head.seq, publishedId: head.id };
  }

  #takeInOrder(ready: WireEvent[], expected: number): number {
    if (this.#outOfOrder.size === 0) return expected;
    let next = expected;
    for (let event = this.#outOfOrder.get(next); event; event = this.#outOfOrder.get(next)) {
      this.#outOfOrder.delete(next);
      ready.push(event);
      next++;
    }
    for (const seq of this.#outOfOrder.keys()) if (seq < next) this.#outOfOrder.delete(seq);
    return next;
  }

  #cut(events: readonly WireEvent[]): FeedFrame[] {
    const frames: FeedFrame[] = [];
    let batch: WireEvent[] = [];
    let size = 0;
    const finish = () => {
      if (batch.length > 0) frames.push(new LazyFrame(this.feed, batch));
      batch = [];
      size = 0;
    };
    for (const event of events) {
      const bytes = Buffer.byteLength(event.text) + 1;
      if (size + bytes > LIMITS.batch_bytes - ENVELOPE) finish();
      // What was deleted must not be read again from here; the store has it redacted.
      if (event.kind === "message_deleted") this.ring.forgetTexts();
      this.ring.push(event);
      if (this.#members !== null && event.seq > this.#countedTo) this.#members += memberChange(event);
      batch.push(event);
      size += bytes;
      if (endsFrame(event)) finish();
    }
    finish();
    return frames;
  }
}
