import type { FeedId } from "@parley/protocol";
import type { FeedFacts } from "../../core/facts.ts";
import type { Appended } from "../base/event-text.ts";

/**
 * A feed as a commit knows it: its number in the store (0: it has no row yet), the time of its last event, its facts, and
 * the events that the batch gives it.
 */
export type OpenFeed = { no: number; lastAt: number; readonly facts: FeedFacts; events: Appended[] };

/** Feeds, and members of them (counted at each use), that a generation may hold. Two generations are kept. */
const FEEDS = 8_192;
const MEMBERS = 262_144;

/**
 * Facts kept from one batch to the next. A fact belongs to one feed and changes only by its events, so an entry is right
 * as long as the last event of the feed is `facts.last`. `sole`: no other process writes to this store, so an entry needs no check.
 *
 * Bounded by generations: what was not used while the younger filled up is forgotten with the older.
 */
export class KnownFeeds {
  readonly sole: boolean;
  #young = new Map<FeedId, OpenFeed>();
  #old = new Map<FeedId, OpenFeed>();
  #members = 0;

  constructor(sole: boolean) {
    this.sole = sole;
  }

  get(feed: FeedId): OpenFeed | undefined {
    const young = this.#young.get(feed);
    if (young) return young;
    const old = this.#old.get(feed);
    if (old) this.#young.set(feed, old);
    return old;
  }

  /** Takes over what a committed batch knows. Messages and departures are dropped: their facts would only grow. */
  keep(feeds: Iterable<OpenFeed>): void {
    for (const known of feeds) {
      if (known.no === 0) continue;
      const { facts } = known;
      known.events = [];
      if (facts.messages.size > 0) facts.messages.clear();
      if (facts.departures.size > 0) facts.departures.clear();
      facts.sent.length = 0;
      this.#members += facts.members.size + facts.reads.size;
      if (facts.members.size > MEMBERS) facts.members.clear();
      this.#young.set(facts.feed, known);
    }
    if (this.#young.size <= FEEDS && this.#members <= MEMBERS) return;
    this.#old = this.#young;
    this.#young = new Map();
    this.#members = 0;
  }

  /** Forgets feeds whose facts were folded with events that were not committed. */
  drop(feeds: Iterable<FeedId>): void {
    for (const feed of feeds) {
      this.#young.delete(feed);
      this.#old.delete(feed);
    }
  }
}
