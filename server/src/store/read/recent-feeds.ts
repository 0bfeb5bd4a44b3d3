import type { FeedId } from "@parley/protocol";
import type { Head } from "../store.ts";

/** Milliseconds that entries are kept. */
const SPAN = 60_000;

/**
 * The feeds with recent events, for an engine whose only writer is this process: an index by time would cost each feed of
 * a batch more than its row does. It has all feeds after `from`; earlier times are read from the store.
 */
export class RecentFeeds {
  #from: number;
  /** The newest time of a call. */
  #now = 0;
  readonly #feeds = new Map<FeedId, { stamped: number; head: Head }>();

  constructor(from: number) {
    this.#from = from;
  }

  put(feed: FeedId, stamped: number, head: Head): void {
    const known = this.#feeds.get(feed);
    if (!known) {
      this.#feeds.set(feed, { stamped, head });
      return;
    }
    // In place: removing an entry and adding it again, to keep an order, costs three times as much.
    known.stamped = stamped;
    known.head = head;
  }

  /** The heads of feeds stamped at or after `since`, or null when `since` is before the kept time. */
  since(since: number, now: number): Map<FeedId, Head> | null {
    if (now < this.#now) this.#setBack(now);
    this.#now = now;
    this.#from = Math.max(this.#from, now - SPAN);
    const found = new Map<FeedId, Head>();
    for (const [feed, { stamped, head }] of this.#feeds) {
      if (stamped < this.#from) this.#feeds.delete(feed);
      else if (stamped >= since) found.set(feed, head);
    }
    return since <= this.#from ? null : found;
  }

  /**
   * The clock was set back. All entries are of the last minute, whatever their stamps are: otherwise every call until the
   * clock reaches the stamps again would scan all feeds.
   */
  #setBack(now: number): void {
    this.#from = now - Math.min(SPAN, Math.max(0, this.#now - this.#from));
    for (const known of this.#feeds.values()) known.stamped = Math.min(known.stamped, now);
  }
}
