import type { FeedId } from "@parley/protocol";
import { bytesToId } from "../../base/compact-id.ts";
import { idAt } from "../../base/events.ts";
import type { Changes, Head } from "../../store.ts";
import type { Connection } from "../wire/connection.ts";

/** The key in `meta` of the newest transaction whose batch was removed. */
export const BATCHES_REMOVED = "batches_removed";

const NOW = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text";
/**
 * All of it sees one snapshot, whose oldest running transaction is the next cursor: batches at or above it may not be
 * committed yet, all below are here or were returned before.
 */
const SINCE =
  "SELECT now.xmin, $1::xid8 <= now.xmin::xid8 AND COALESCE($1::xid8 > removed.upto, true), f.feed, c.last, " +
  `${idAt("f.no", "c.last")} ` +
  `FROM (${NOW} AS xmin) AS now LEFT JOIN (SELECT value::xid8 AS upto FROM meta WHERE key = '${BATCHES_REMOVED}') AS removed ON true ` +
  "LEFT JOIN (SELECT u.feed, max(u.last) AS last FROM batches b CROSS JOIN LATERAL unnest(b.feeds, b.lasts) AS u(feed, last) " +
  "WHERE b.xid >= $1::xid8 GROUP BY u.feed) AS c ON true LEFT JOIN feeds f ON f.feed = c.feed";

/** What changed since a cursor, by the database's own order of transactions: no clock, and only rows that are new are read. */
export async function changes(connection: Connection, cursor: string | null): Promise<Changes> {
  if (cursor === null || !/^\d{1,20}$/.test(cursor)) {
    const { rows } = await connection.ask({ text: NOW });
    return { feeds: new Map(), cursor: String(rows[0]?.[0]), whole: false };
  }
  const { rows } = await connection.ask({ text: SINCE, values: [cursor] });
  const feeds = new Map<FeedId, Head>();
  for (const [, , feed, seq, id] of rows) {
    if (feed === null) continue;
    feeds.set(feed as FeedId, { seq: seq as number, id: id instanceof Uint8Array ? bytesToId(id) : null });
  }
  const [next, whole] = rows[0] as [string, number];
  return { feeds, cursor: next, whole: whole === 1 };
}
