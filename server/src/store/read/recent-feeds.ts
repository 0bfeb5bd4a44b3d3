import type { FeedId } from "@parley/protocol";
import type { Head } from "../store.ts";

/** Milliseconds that are remembered. */
const SPAN = 60_000;

/**
 * Which feeds got events lately, for an engine whose only writer is this process: an index by time would cost each feed
 * of a batch more than its row does. It knows all after `from`; what is asked of earlier times the store must answer.
 */
export class RecentFeeds {
  #from: number;
  /** The newest time that it was asked at. */
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
    // In place: taking an entry out and putting it in again, to keep an order, costs three times as much.
    known.stamped = stamped;
    known.head = head;
  }

  /** The heads of feeds stamped at or after `since`, or null when it does not reach back that far. */
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
   * The clock was set back. What is remembered happened within the last minute, whatever its stamp says: otherwise every
   * question until the clock is there again would have to be answered from all feeds.
   */
  #setBack(now: number): void {
    this.#from = now - Math.min(SPAN, Math.max(0, this.#now - this.#from));
    for (const known of this.#feeds.values()) known.stamped = Math.min(known.stamped, now);
  }
}
