import { type FeedId, isUserFeed } from "@parley/protocol";
import { find, type Steps, write } from "../../base/steps.ts";
import { PRIVATE_EVENTS_MAX, purge, trim } from "../../commit/purge.ts";
import type { Committed } from "../../store.ts";
import { BATCHES_REMOVED } from "../reads/changes.ts";
import type { Address } from "../wire/address.ts";
import type { Connection } from "../wire/connection.ts";
import { transaction } from "./driver.ts";
import { lockKeys } from "./locks.ts";

/** Milliseconds between two slices, without a reason to look, and after an error. */
const PAUSE = 20;
const IDLE = 60_000;
const RETRY = 10_000;
/** A private feed is checked each time that it passes a multiple of this. */
const LOOK_EACH = 256;

const LONG_FEEDS =
  "SELECT array_to_string(array_agg(feed), ' ') FROM feeds WHERE feed >= 'user.' AND feed < 'user/' AND last - floor > $1";
/** A sweep that is older than this compares the heads of all feeds. */
const OLD_BATCHES =
  "WITH gone AS (DELETE FROM batches WHERE made < clock_timestamp() - interval '5 minutes' RETURNING xid), " +
  "newest AS (SELECT max(xid::text::numeric)::text AS xid FROM gone) " +
  `INSERT INTO meta (key, value) SELECT '${BATCHES_REMOVED}', xid FROM newest WHERE xid IS NOT NULL ` +
  "ON CONFLICT (key) DO UPDATE SET value = excluded.value";

export type PurgerParts = {
  readonly address: Address;
  readonly connect: () => Promise<Connection>;
  readonly onError: (error: Error) => void;
};

/**
 * Removes void rows, slice by slice. Of several nodes one does it at a time: each slice begins with a lock, and a node that does
 * not get it looks again later.
 */
export class Purger {
  readonly #parts: PurgerParts;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #due = 0;
  #running: Promise<void> = Promise.resolve();
  #closed = false;
  /** Private feeds that may be too long; null: not read since the start. */
  #long: Set<FeedId> | null = null;

  constructor(parts: PurgerParts) {
    this.#parts = parts;
    this.#schedule(PAUSE);
  }

  /** To be called after each batch. */
  committed({ feeds }: Committed): void {
    for (const { feed, events } of feeds) {
      const last = events.at(-1);
      if (!last) continue;
      if (last.kind === "room_deleted") this.#schedule(PAUSE);
      else if (isUserFeed(feed) && last.seq % LOOK_EACH < events.length) {
        this.#long?.add(feed);
        this.#schedule(PAUSE);
      }
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#running;
  }

  #schedule(delay: number): void {
    const due = performance.now() + delay;
    if (this.#closed || (this.#timer && this.#due <= due)) return;
    clearTimeout(this.#timer);
    this.#due = due;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#running = this.#slice();
    }, delay);
    this.#timer.unref?.();
  }

  async #slice(): Promise<void> {
    try {
      const connection = await this.#parts.connect();
      const more = await transaction(connection, this.#body());
      this.#schedule(more ? PAUSE : IDLE);
    } catch (error) {
      this.#parts.onError(error as Error);
      this.#schedule(RETRY);
    }
  }

  /** Whether there may be more. */
  *#body(): Steps<boolean> {
    const [lock] = yield find(`SELECT pg_try_advisory_xact_lock(${lockKeys(this.#parts.address, "purge")})`, [
      [],
    ]);
    if (lock?.[0] !== 1) return false;
    if (this.#long === null) {
      const [row] = yield find(LONG_FEEDS, [[PRIVATE_EVENTS_MAX]]);
      this.#long = new Set(
        String(row?.[0] ?? "")
          .split(" ")
          .filter(Boolean),
      );
    }
    if (this.#long.size > 0) {
      yield* trim([...this.#long].sort());
      this.#long = new Set();
    }
    const slice = yield* purge();
    if (slice === null) {
      yield write(OLD_BATCHES, [[]]);
      yield find("SELECT gin_clean_pending_list('search_terms'::regclass)", [[]]);
    }
    return slice !== null;
  }
}
