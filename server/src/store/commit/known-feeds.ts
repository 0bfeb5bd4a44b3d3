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
 * as long as `facts.version` is that of the feed's row; what others wrote since then are messages, and `last` is taken over. `sole`: this is the only writer of the store and has one batch at a
 * time, so an entry needs no check. Otherwise a batch whose feed is with another one reads it again.
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

  /** Takes a feed out, so that no other batch changes it meanwhile: a batch folds its events into it. */
  take(feed: FeedId): OpenFeed | undefined {
    const generation = this.#young.has(feed) ? this.#young : this.#old;
    const known = generation.get(feed);
    if (known) generation.delete(feed);
    return known;
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
}
