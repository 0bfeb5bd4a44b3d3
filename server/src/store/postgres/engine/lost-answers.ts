import type { FeedId, WireEvent } from "@parley/protocol";
import { rowToWire } from "../../base/event-text.ts";
import { eventsWhere, KIND } from "../../base/events.ts";
import type { Committed } from "../../store.ts";
import type { Connection } from "../wire/connection.ts";

const EVENTS =
  "SELECT f.feed, e.* FROM unnest($1::text[], $2::bigint[]) AS k(feed, seq) JOIN feeds f ON f.feed = k.feed CROSS JOIN LATERAL (" +
  eventsWhere(`seq, id, ${KIND}, actor, name, at, nonce, body`, "seq = k.seq").replaceAll("$1", "f.no") +
  ") AS e ORDER BY f.feed, e.seq";

/**
 * After a batch whose first try was committed and never answered: its commands were found as duplicates, and their events,
 * which no one was told of, are published with it. A receiver drops what it knows.
 */
export async function publishDuplicates(committed: Committed, connection: Connection): Promise<Committed> {
  const places = committed.verdicts.flatMap((verdict) =>
    "placed" in verdict && verdict.duplicate ? verdict.placed : [],
  );
  if (places.length === 0) return committed;
  const { rows } = await connection.ask({
    text: EVENTS,
    values: [`{${places.map(({ feed }) => `"${feed}"`)}}`, `{${places.map(({ seq }) => seq)}}`],
  });
  const feeds = new Map<FeedId, Map<number, WireEvent>>();
  const add = (feed: FeedId, event: WireEvent) => {
    const events = feeds.get(feed) ?? new Map<number, WireEvent>();
    feeds.set(feed, events.set(event.seq, event));
  };
  for (const [feed, ...row] of rows) add(feed as FeedId, rowToWire(row));
  for (const { feed, events } of committed.feeds) for (const event of events) add(feed, event);
  return {
    verdicts: committed.verdicts,
    feeds: [...feeds].map(([feed, events]) => ({
      feed,
      events: [...events.values()].sort((one, other) => one.seq - other.seq),
    })),
  };
}
