/**
 * How events are found by their seq. Messages and all else stand in an index each (migration 0004), and an engine uses one
 * only where the text says which: a query for both is two, put together in the order of seq.
 */

/** The kind of an event: that of a message is not written, because `message` says it. */
export const KIND = "CASE message WHEN 1 THEN 'message_sent' ELSE kind END";

/** `columns` of the events of a feed that fit; the caller may add an order and a limit. */
export function eventsWhere(columns: string, where: string): string {
  const half = (message: 0 | 1) =>
    `SELECT ${columns} FROM events WHERE feed_no = $1 AND message = ${message} AND ${where}`;
  return `${half(1)} UNION ALL ${half(0)}`;
}

/** A statement for messages, and the same for all else. */
export function forBoth(statement: (kind: string) => string): readonly [string, string] {
  return [statement("message = 1"), statement("message = 0")];
}
