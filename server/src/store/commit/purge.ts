import type { FeedId } from "@parley/protocol";
import { eventsWhere, ofEachKind, ofMessages } from "../base/events.ts";
import { find, type Row, type Steps, write } from "../base/steps.ts";

/** Rows that one slice removes, at most. */
const PURGE_SLICE = 500;
/** Events of a private feed that are kept when it is trimmed. A client that was away for longer loads the lists again. */
export const PRIVATE_EVENTS_KEPT = 1_000;
/** And how many there may be before that. */
export const PRIVATE_EVENTS_MAX = 2_000;

const NEXT = "SELECT feed_no, upto FROM purges ORDER BY feed_no LIMIT 1";
const DONE = "DELETE FROM purges WHERE feed_no = $1";
/** The row of a deleted room stays, so that its end is known; what people wrote into it goes. */
const FORGET_ROOM =
  "UPDATE rooms SET name = NULL, topic = '', owners = 0, members = 0 WHERE room_no = $1 AND state = 'deleted'";

const LAST_OF_SLICE = `SELECT MAX(seq) FROM (${eventsWhere("seq", "seq <= $2")} ORDER BY seq LIMIT $3) AS slice`;
const UNINDEX = `DELETE FROM search WHERE rowid IN (${ofMessages((kind) => `SELECT row FROM events WHERE feed_no = $1 AND ${kind} AND seq <= $2`)})`;
const REMOVE_EVENTS = ofEachKind((kind) => `DELETE FROM events WHERE feed_no = $1 AND ${kind} AND seq <= $2`);

/** What was made of the events, with the key of each row. */
const PROJECTED = [
  slicesOf("amendments", "t.seq <= $2", "seq"),
  slicesOf("edits", "t.message_seq <= $2", "message_seq, seq"),
  slicesOf("reactions", "t.seq <= $2", "seq, emoji, user_id"),
  slicesOf("reaction_revs", "t.seq <= $2", "seq"),
  slicesOf("mentions", "t.seq <= $2", "user_id, seq"),
  slicesOf(
    "members",
    "$2 > 0 AND EXISTS (SELECT 1 FROM rooms r WHERE r.room_no = $1 AND r.state = 'deleted')",
    "user_id",
  ),
];

function slicesOf(
  table: string,
  which: string,
  key: string,
): { readonly any: string; readonly remove: string } {
  const some = `FROM ${table} t WHERE t.room_no = $1 AND ${which} LIMIT`;
  return {
    any: `SELECT 1 ${some} 1`,
    remove: `DELETE FROM ${table} WHERE room_no = $1 AND (${key}) IN (SELECT ${key} ${some} $3)`,
  };
}

/** What a slice was of: messages, which stood in the index, or other rows; null: there was nothing to remove. */
export type Slice = "messages" | "rows" | null;

/**
 * Removes a slice of what lies at or below the numbers that `purges` names. After null there is no more. It has no
 * memory of its own, so it goes on after a restart. Nonces stay, and the feed with its numbers and its last event: a resend
 * gets its answer, and no id is given twice.
 */
export function* purge(): Steps<Slice> {
  const [next] = yield find(NEXT, [[]]);
  if (!next) return null;
  const [no, upto] = next as [number, number];
  const [slice] = yield find(LAST_OF_SLICE, [[no, upto, PURGE_SLICE]]);
  const last = slice?.[0];
  if (typeof last === "number") {
    yield write(UNINDEX, [[no, last]]);
    for (const remove of REMOVE_EVENTS) yield write(remove, [[no, last]]);
    return "messages";
  }
  for (const { any, remove } of PROJECTED) {
    const [found] = yield find(any, [[no, upto]]);
    if (!found) continue;
    yield write(remove, [[no, upto, PURGE_SLICE]]);
    return "rows";
  }
  yield write(FORGET_ROOM, [[no]]);
  yield write(DONE, [[no]]);
  return "rows";
}

const RAISE_FLOOR =
  "UPDATE feeds SET floor = last - $2 WHERE feed = $1 AND last - floor > $3 RETURNING no, floor";
const PURGE =
  "INSERT INTO purges (feed_no, upto) VALUES ($1, $2) ON CONFLICT (feed_no) DO UPDATE SET upto = excluded.upto";

/** Raises the floor of private feeds that are too long; what lies below is left to `purge`. */
export function* trim(feeds: readonly FeedId[]): Steps<void> {
  const raised = yield find(
    RAISE_FLOOR,
    feeds.map((feed) => [feed, PRIVATE_EVENTS_KEPT, PRIVATE_EVENTS_MAX]),
  );
  const floors = raised.filter((row): row is Row => row !== undefined);
  if (floors.length > 0) yield write(PURGE, floors);
}
