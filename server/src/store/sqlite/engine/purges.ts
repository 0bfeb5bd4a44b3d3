import { type FeedId, isUserFeed } from "@parley/protocol";
import { PRIVATE_EVENTS_MAX, purge, trim } from "../../commit/purge.ts";
import type { Committed } from "../../store.ts";
import { failure } from "./errors.ts";
import type { SqliteFile } from "./file.ts";

/** Milliseconds without a commit that count as a pause. */
const PURGE_PAUSE = 20;
/** Milliseconds after which the next slice is removed although there was no pause. */
const LATEST = 1_000;
/** Milliseconds until the retry after an error. */
const PURGE_RETRY = 10_000;
/** A private feed is checked each time that it passes a multiple of this. */
const LOOK_EACH = 256;

const LONG_FEEDS = "SELECT feed FROM feeds WHERE feed >= 'user.' AND feed < 'user/' AND last - floor > $1";

/** Pages of the index that are merged at a time: a few milliseconds. */
const MERGED = 16;
const CHANGES = "SELECT total_changes()";

/**
 * Removes void rows, slice by slice, in pauses of the traffic: a commit waits for one slice at most. An I/O error ends the
 * process, as it does everywhere.
 */
export class Purges {
  readonly #file: SqliteFile;
  readonly #fatal: (error: unknown) => void;
  readonly #written: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** When the last slice was removed, on the clock of `performance`. */
  #lastSlice = 0;
  /**
   * Whether the index holds terms of removed rows. FTS5 only marks them, and would merge all of them at once in the middle
   * of a commit (migration 3 disables that): here they are merged page by page.
   */
  #index: "whole" | "holed" | "merging" = "whole";
  /** Private feeds that may be too long; null: not read since the start. */
  #long: Set<FeedId> | null = null;

  /** `written` is called after each transaction. Purges that an earlier process left are continued. */
  constructor(file: SqliteFile, fatal: (error: unknown) => void, written: () => void) {
    this.#file = file;
    this.#fatal = fatal;
    this.#written = written;
    this.#schedule(PURGE_PAUSE);
  }

  /** To be called after each batch, when its answer was sent. */
  committed({ feeds }: Committed): void {
    if (this.#timer && performance.now() - this.#lastSlice < LATEST) this.#timer.refresh();
    for (const { feed, events } of feeds) {
      const last = events.at(-1);
      if (!last) continue;
      if (last.kind === "room_deleted") this.#schedule(PURGE_PAUSE);
      else if (isUserFeed(feed) && last.seq % LOOK_EACH < events.length) {
        this.#long?.add(feed);
        this.#schedule(PURGE_PAUSE);
      }
    }
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #schedule(delay: number): void {
    this.#timer ??= setTimeout(() => this.#slice(), delay);
  }

  #slice(): void {
    this.#timer = undefined;
    this.#lastSlice = performance.now();
    try {
      if (this.#remove()) this.#schedule(PURGE_PAUSE);
    } catch (error) {
      if (failure(error) === "fatal") this.#fatal(error);
      else this.#schedule(PURGE_RETRY);
    }
  }

  /** Whether there may be more. */
  #remove(): boolean {
    this.#long ??= new Set(this.#file.all(LONG_FEEDS, [PRIVATE_EVENTS_MAX]).map(([feed]) => feed as FeedId));
    if (this.#long.size > 0) {
      this.#file.transaction(trim([...this.#long]));
      this.#long = new Set();
    }
    const slice = this.#file.transaction(purge(), (removed) => removed !== null);
    if (slice === "messages") this.#index = "holed";
    if (slice === null && this.#index === "whole") return false;
    if (slice === null) this.#merge();
    this.#written();
    return true;
  }

  /** A negative number starts a merge of the whole index, a positive one continues it. */
  #merge(): void {
    const before = this.#changes();
    const pages = this.#index === "holed" ? -MERGED : MERGED;
    this.#file.exec(`INSERT INTO search (search, rank) VALUES ('merge', ${pages})`);
    // The statement itself counts as one change: with no more, nothing is left to merge.
    this.#index = this.#changes() - before < 2 ? "whole" : "merging";
  }

  #changes(): number {
    return Number(this.#file.get(CHANGES, [])?.[0]);
  }
}
