import { randomBytes } from "node:crypto";
import type { FeedId } from "@parley/protocol";
import type { Changes, Head } from "../store.ts";

/** Milliseconds that entries are kept. */
const SPAN = 60_000;

/**
 * The feeds with recent events in the order of their commits, for an engine whose only writer is this process: an index of
 * the table would cost each feed of a batch more than its row does. Cursors are numbers of commits; a cursor of another
 * process, or from before the kept time, is answered with `whole: false`.
 */
export class RecentFeeds {
  /** Distinguishes the cursors of this process. */
  readonly #run = randomBytes(8).toString("base64url");
  /** Milliseconds of a clock that never jumps: only to bound the memory. */
  readonly #monotonicNow: () => number;
  readonly #feeds = new Map<FeedId, { commit: number; at: number; head: Head }>();
  /** Commits so far. */
  #commit = 0;
  /** All changes after this commit are kept. */
  #from = 0;

  constructor(monotonicNow: () => number) {
    this.#monotonicNow = monotonicNow;
  }

  /** A commit wrote these heads. */
  put(heads: Iterable<readonly [FeedId, Head]>): void {
    const commit = ++this.#commit;
    const at = this.#monotonicNow();
    for (const [feed, head] of heads) {
      const known = this.#feeds.get(feed);
      if (!known) {
        this.#feeds.set(feed, { commit, at, head });
        continue;
      }
      // In place: removing an entry and adding it again, to keep an order, costs three times as much.
      known.commit = commit;
      known.at = at;
      known.head = head;
    }
  }

  /** The heads of feeds with events after the cursor. */
  since(cursor: string | null): Changes {
    const after = this.#read(cursor);
    const oldest = this.#monotonicNow() - SPAN;
    const feeds = new Map<FeedId, Head>();
    for (const [feed, { commit, at, head }] of this.#feeds) {
      if (after !== null && commit > after) feeds.set(feed, head);
      if (at >= oldest) continue;
      this.#feeds.delete(feed);
      this.#from = Math.max(this.#from, commit);
    }
    return { feeds, cursor: `${this.#run}.${this.#commit}`, whole: after !== null };
  }

  /** The commit of a cursor; null when changes after it may be forgotten. */
  #read(cursor: string | null): number | null {
    const [run, commit] = cursor?.split(".") ?? [];
    return run === this.#run && Number(commit) >= this.#from ? Number(commit) : null;
  }
}
