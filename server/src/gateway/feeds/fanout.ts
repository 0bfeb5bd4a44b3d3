import { type FeedEvent, type FeedId, fromWire, isFault, LIMITS, type WireEvent } from "@parley/protocol";
import type { Bus, Gap, Published, Unsubscribe } from "../../bus/bus.ts";
import type { Log } from "../../observe/log.ts";
import type { Head, Store } from "../../store/store.ts";
import { joinedTopic, nativeTopic } from "../wire/codec.ts";
import { isLarge, joinedFrame, joinsInterval, MOST_JOINS_COUNTED, MOST_JOINS_WAITING } from "./delivery.ts";
import { type FeedListener, FollowedFeed, type TakeResult } from "./followed-feed.ts";
import { ringBudget } from "./ring.ts";

/** How long events above a hole wait for it to fill before the store is asked: two nodes may publish 6 before 5. Milliseconds. */
const GAP_WAIT = 50;
/** How often the node compares itself with the store: while the bus reaches the other nodes, and while it does not. Milliseconds. */
const SWEEP_EVERY = 1_000;
const SWEEP_EVERY_DISCONNECTED = 250;
/** Heads that a sweep of followed feeds asks for at once: the store may read them on the thread of the sockets. */
const HEADS_AT_ONCE = 200;
/** How long a feed without sessions keeps its ring, so that a reconnect finds it. Milliseconds. */
const LINGER = 60_000;

/** What the fan-out reports to the sessions, always between two frames of a feed, in one synchronous step. */
export interface FanoutListener {
  /** An event that changes which sessions receive a feed was published: see `changesMembership`. */
  membership(feed: FeedId, event: FeedEvent): void;
  /** The feed has another lineage than what was sent out: every copy of it is void. */
  lineage(feed: FeedId, head: Head): void;
}

export type FanoutParts = {
  readonly store: Store;
  readonly bus: Bus;
  readonly publish: (topic: string, frame: string) => void;
  /** Whether a socket is subscribed to the topic at this moment: only then a frame is made. */
  readonly hasSubscribers: (topic: string) => boolean;
  readonly listener: FanoutListener;
  readonly log: Log;
  /** Milliseconds of a clock that never jumps. */
  readonly monotonicNow: () => number;
};

/** Counters for the operator. */
export type FanoutCounts = { frames: number; repairs: number; lineages: number; gaps: number };

/**
 * From the bus to the sockets. The bus may lose, repeat and reorder. For each followed feed the next
 * event is published, a lower one dropped, a higher one waits 50 ms for the gap to be filled, and then the fan-out
 * reads the store, one read a feed at a time. A sweep finds what was lost at the end of a feed that went quiet.
 */
export class Fanout {
  readonly counts: FanoutCounts = { frames: 0, repairs: 0, lineages: 0, gaps: 0 };
  readonly #parts: FanoutParts;
  readonly #feeds = new Map<FeedId, FollowedFeed>();
  readonly #repairing = new Set<FeedId>();
  /** Feeds that showed another lineage while they were being repaired. */
  readonly #conflicts = new Set<FeedId>();
  /** Gaps that the bus reported and no sweep has covered yet. */
  #gaps: Gap[] = [];
  #isClosingGaps = false;
  readonly #budget = ringBudget();
  readonly #unsubscribe: Unsubscribe[];
  readonly #timer: ReturnType<typeof setInterval>;
  /** Up to where the store's changes are known here; null before the first sweep. */
  #cursor: string | null = null;
  #sweptAt = Number.NEGATIVE_INFINITY;
  #isSweeping = false;

  constructor(parts: FanoutParts) {
    this.#parts = parts;
    this.#unsubscribe = [
      parts.bus.subscribe((message) => this.#onPublished(message)),
      parts.bus.onGap((gap) => void this.#onGap(gap)),
    ];
    this.#timer = setInterval(() => this.#tick(), SWEEP_EVERY_DISCONNECTED);
  }

  /**
   * Follows a feed: from now on its events are kept. The caller then reads the head from the store and calls `start`;
   * bus first, head second, so that nothing falls between. Each call needs one `release`.
   */
  acquire(feed: FeedId): FollowedFeed {
    let followed = this.#feeds.get(feed);
    if (!followed) {
      followed = new FollowedFeed(feed, this.#budget);
      this.#feeds.set(feed, followed);
      this.#parts.bus.follow(feed);
    }
    followed.holders++;
    return followed;
  }

  /** The head of an acquired feed is known. */
  start(followed: FollowedFeed, head: Head): void {
    this.#deliver(followed, followed.start(head));
  }

  release(followed: FollowedFeed): void {
    followed.holders--;
    if (followed.holders > 0) return;
    followed.idleSince = this.#parts.monotonicNow();
    if (!followed.started) this.#drop(followed);
  }

  /** Calls `listener` with the events of this acquired feed from the next one on. Each call needs one `unlisten`. */
  listen(followed: FollowedFeed, listener: FeedListener): void {
    followed.listeners ??= new Set();
    followed.listeners.add(listener);
  }

  unlisten(followed: FollowedFeed, listener: FeedListener): void {
    followed.listeners?.delete(listener);
    if (followed.listeners?.size === 0) followed.listeners = null;
  }

  find(feed: FeedId): FollowedFeed | undefined {
    return this.#feeds.get(feed);
  }

  /** The seq up to which each of these feeds was published here. */
  heads(feeds: Iterable<FeedId>): { [feed: FeedId]: number } {
    const heads: { [feed: FeedId]: number } = {};
    for (const feed of feeds) {
      const followed = this.#feeds.get(feed);
      if (followed?.started) heads[feed] = followed.published;
    }
    return heads;
  }

  /** Compares what changed in the store since the last sweep with the followed feeds, and fetches what is missing. */
  async sweep(): Promise<void> {
    if (this.#isSweeping) return;
    this.#isSweeping = true;
    try {
      const { feeds, cursor, whole } = await this.#parts.store.changes(this.#cursor);
      this.#compare(feeds);
      if (!whole) await this.#compareFollowed(() => true);
      this.#cursor = cursor;
    } catch (error) {
      this.#parts.log.error({ error }, "the sweep could not read the store");
    } finally {
      this.#isSweeping = false;
    }
  }

  close(): void {
    clearInterval(this.#timer);
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    for (const feed of this.#feeds.keys()) this.#parts.bus.unfollow(feed);
    this.#feeds.clear();
  }

  #tick(): void {
    const now = this.#parts.monotonicNow();
    const every = this.#parts.bus.state() === "disconnected" ? SWEEP_EVERY_DISCONNECTED : SWEEP_EVERY;
    // A timer may be a little early.
    if (now - this.#sweptAt < every - SWEEP_EVERY_DISCONNECTED / 2) return;
    this.#sweptAt = now;
    this.#dropIdle();
    void this.sweep();
  }

  /** Compares these followed feeds with the heads in the store. */
  async #compareFollowed(concerned: (feed: FeedId) => boolean): Promise<void> {
    const feeds = [...this.#feeds.keys()].filter(concerned);
    for (let at = 0; at < feeds.length; at += HEADS_AT_ONCE) {
      this.#compare(await this.#parts.store.heads(feeds.slice(at, at + HEADS_AT_ONCE)));
      await nextTurn();
    }
  }

  #compare(heads: ReadonlyMap<FeedId, Head>): void {
    for (const [feed, head] of heads) {
      const followed = this.#feeds.get(feed);
      if (!followed?.started) continue;
      if (followed.taken < head.seq) void this.#repair(followed);
      else if (followed.taken > head.seq || differs(followed, head)) void this.#restart(followed, false);
    }
  }

  /** Compares the followed feeds that the gap concerns with the store. Gaps that come meanwhile are covered by the next round. */
  async #onGap(gap: Gap): Promise<void> {
    this.counts.gaps++;
    this.#gaps.push(gap);
    if (this.#isClosingGaps) return;
    this.#isClosingGaps = true;
    try {
      while (this.#gaps.length > 0) {
        const gaps = this.#gaps;
        this.#gaps = [];
        await this.#compareFollowed((feed) => gaps.some((gap) => gap.concerns(feed)));
      }
    } catch (error) {
      this.#parts.log.error({ error }, "a gap of the bus could not be compared with the store");
    } finally {
      this.#isClosingGaps = false;
    }
  }

  #onPublished({ epoch, feed, events }: Published): void {
    if (epoch !== this.#parts.store.epoch) return;
    const followed = this.#feeds.get(feed);
    if (followed) this.#take(followed, events);
  }

  #take(followed: FollowedFeed, events: readonly WireEvent[]): void {
    if (!isLarge(followed)) {
      this.#deliver(followed, followed.take(events));
      return;
    }
    const wait = followed.joinsPublishedAt + joinsInterval(followed) - this.#parts.monotonicNow();
    const hold = wait > 0 && followed.waitingJoins < this.#mostJoins(followed);
    const before = followed.waitingJoins;
    this.#deliver(followed, followed.take(events, hold));
    // The sessions of a new member do not wait: they start at the event of its join.
    for (const event of followed.joinsFrom(before))
      this.#parts.listener.membership(followed.feed, fromWire(event));
    if (before > 0 || followed.waitingJoins === 0) return;
    setTimeout(() => {
      if (this.#feeds.get(followed.feed) === followed) this.#deliver(followed, followed.take([]));
    }, wait);
  }

  #mostJoins({ feed }: FollowedFeed): number {
    return this.#parts.hasSubscribers(nativeTopic(feed)) ? MOST_JOINS_WAITING : MOST_JOINS_COUNTED;
  }

  /** No await in here: what was taken is published before anything else can happen to the feed. */
  #deliver(followed: FollowedFeed, taken: TakeResult): void {
    const whole = nativeTopic(followed.feed);
    const joined = joinedTopic(followed.feed);
    const { hasSubscribers, listener } = this.#parts;
    for (const frame of taken.frames) {
      const { events } = frame;
      // Checked for each frame: the one before may have changed which sockets are subscribed.
      if (hasSubscribers(whole)) this.#publish(whole, frame.text);
      if (hasSubscribers(joined)) {
        const together = isLarge(followed) && events.some(({ kind }) => kind === "member_joined");
        this.#publish(joined, together ? joinedFrame(followed.feed, events) : frame.text);
      }
      if (followed.listeners) for (const each of followed.listeners) each.published(events);
      for (const event of events) {
        if (event.kind === "member_joined") followed.joinsPublishedAt = this.#parts.monotonicNow();
        if (changesMembership(event)) listener.membership(followed.feed, fromWire(event));
      }
    }
    if (taken.conflict) void this.#restart(followed, true);
    else if (taken.gap) setTimeout(() => followed.hole && void this.#repair(followed), GAP_WAIT);
  }

  #publish(topic: string, frame: string): void {
    this.#parts.publish(topic, frame);
    this.counts.frames++;
  }

  async #repair(followed: FollowedFeed): Promise<void> {
    const { feed } = followed;
    if (this.#repairing.has(feed)) return;
    this.#repairing.add(feed);
    try {
      for (;;) {
        if (this.#feeds.get(feed) !== followed) return;
        const { taken } = followed;
        // From the last event on: its id says whether what is missing belongs to the same lineage.
        const from = Math.max(0, taken - 1);
        const events = await this.#parts.store.after(feed, from, LIMITS.replay_events, "node");
        if (isFault(events) || events.length === 0) return;
        if ((events[0]?.seq ?? 0) > followed.taken + 1) {
          await this.#skip(followed);
          return;
        }
        // The bus may have filled the gap while the store was read.
        const last = events.at(-1)?.seq ?? 0;
        if (followed.taken < last) this.counts.repairs++;
        this.#take(followed, events);
        if (last <= taken || this.#conflicts.has(feed)) return;
        // Live events are delivered between two pages of a long repair.
        await nextTurn();
      }
    } catch (error) {
      this.#parts.log.error({ error, feed }, "a gap could not be repaired; the sweep tries again");
    } finally {
      this.#repairing.delete(feed);
      if (this.#conflicts.delete(feed)) void this.#restart(followed, true);
    }
  }

  /**
   * What is missing is no longer stored: the room was deleted, or its feed was trimmed, so events cannot close the gap.
   * Of a deleted room the sessions get the last event, as if the bus had delivered it.
   */
  async #skip(followed: FollowedFeed): Promise<void> {
    const { feed } = followed;
    const head = (await this.#parts.store.heads([feed])).get(feed) ?? NO_EVENT;
    const last = await this.#parts.store.after(feed, head.seq - 1, 1, "node");
    const end = isFault(last) ? undefined : last.find(({ kind }) => kind === "room_deleted");
    // The bus closed the gap meanwhile; if not, the next sweep goes on.
    if (followed.taken >= head.seq) return;
    this.counts.lineages++;
    followed.restart(head);
    if (end && followed.listeners) for (const each of followed.listeners) each.published([end]);
    if (end) this.#parts.listener.membership(feed, fromWire(end));
    else this.#parts.listener.lineage(feed, head);
  }

  /**
   * The store disagrees with what was sent out. With `sure` false only if its last event, asked afresh, is a lower one or
   * another one. While the feed is being repaired a sure conflict waits for the end of the repair.
   */
  async #restart(followed: FollowedFeed, sure: boolean): Promise<void> {
    const { feed } = followed;
    if (this.#feeds.get(feed) !== followed) return;
    if (this.#repairing.has(feed)) {
      if (sure) this.#conflicts.add(feed);
      return;
    }
    this.#repairing.add(feed);
    try {
      const head = (await this.#parts.store.heads([feed])).get(feed) ?? NO_EVENT;
      if (!sure && head.seq >= followed.taken && !differs(followed, head)) return;
      this.counts.lineages++;
      this.#parts.log.warn({ feed }, "this feed has another lineage than what was sent out");
      followed.restart(head);
      this.#parts.listener.lineage(feed, head);
    } catch (error) {
      this.#parts.log.error({ error, feed }, "the head of a feed could not be read; the sweep tries again");
    } finally {
      this.#repairing.delete(feed);
      this.#conflicts.delete(feed);
    }
  }

  #drop(followed: FollowedFeed): void {
    followed.ring.clear();
    if (this.#feeds.delete(followed.feed)) this.#parts.bus.unfollow(followed.feed);
  }

  #dropIdle(): void {
    const before = this.#parts.monotonicNow() - LINGER;
    for (const followed of this.#feeds.values()) {
      if (followed.holders === 0 && followed.idleSince < before) this.#drop(followed);
    }
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

const NO_EVENT: Head = { seq: 0, id: null };

/** Whether the store has another event at the seq that was taken last. */
function differs(followed: FollowedFeed, head: Head): boolean {
  if (head.seq !== followed.taken || head.id === null) return false;
  const known = followed.idAt(head.seq);
  return known !== null && head.id !== known;
}

function changesMembership({ kind }: WireEvent): boolean {
  switch (kind) {
    case "member_joined":
    case "member_left":
    case "room_added":
    case "room_removed":
    case "room_deleted":
      return true;
    default:
      return false;
  }
}
