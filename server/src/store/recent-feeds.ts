import type { FeedId } from "@parley/protocol";

/** Milliseconds that are remembered. */
const SPAN = 60_000;

/**
 * Which feeds got events lately, for an engine whose only writer is this process: an index by time would cost each feed
 * of a batch more than its row does. It knows all after `from`; what is asked of earlier times the store must answer.
 */
export class RecentFeeds {
  #from: number;
  /** In the order in which they got their last events. */
  readonly #feeds = new Map<FeedId, { readonly stamped: number; readonly head: number }>();

  constructor(from: number) {
    this.#from = from;
  }

  put(feed: FeedId, stamped: number, head: number): void {
    this.#feeds.delete(feed);
    this.#feeds.set(feed, { stamped, head });
  }

  /** The heads of feeds stamped at or after `since`, or null when it does not reach back that far. */
  since(since: number, now: number): Map<FeedId, number> | null {
    this.#forget(now - SPAN);
    if (since <= this.#from) return null;
    const found = new Map<FeedId, number>();
    for (const [feed, { stamped, head }] of this.#feeds) if (stamped >= since) found.set(feed, head);
    return found;
  }

  #forget(before: number): void {
    for (const [feed, { stamped }] of this.#feeds) {
      if (stamped >= before) break;
      this.#feeds.delete(feed);
    }
    this.#from = Math.max(this.#from, before);
  }
}
