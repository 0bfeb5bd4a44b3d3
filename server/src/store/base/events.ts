/**
 * How events are found by their seq. Messages, deleted messages and all else have an index each, and an event is in one of
 * them. An engine uses an index only where the text says which: a query for several kinds is one for each, put together in
 * the order of seq.
 */

/** The kind of an event: that of a message is not written, because `message` says it. */
export const KIND = "CASE message WHEN 1 THEN 'message_sent' ELSE kind END";

const MESSAGE_KINDS = ["message = 1 AND redacted = 0", "message = 1 AND redacted = 1"] as const;
/** Those that are seldom looked for last. */
const KINDS = ["message = 1 AND redacted = 0", "message = 0", "message = 1 AND redacted = 1"] as const;

/** `columns` of the events of a feed that fit; the caller may add an order and a limit. */
export function eventsWhere(columns: string, where: string): string {
  return ofEachKind(
    (kind) => `SELECT ${columns} FROM events WHERE feed_no = $1 AND ${kind} AND ${where}`,
  ).join(" UNION ALL ");
}

/** The id of the event at a seq of a feed; null where there is none. Kinds behind the one that it is of are not looked at. */
export function idAt(feed: string, seq: string): string {
  const of = (kind: string) => `(SELECT id FROM events WHERE feed_no = ${feed} AND ${kind} AND seq = ${seq})`;
  return `COALESCE(${ofEachKind(of).join(", ")})`;
}

/** A statement for each kind of events. */
export function ofEachKind(statement: (kind: string) => string): readonly string[] {
  return KINDS.map(statement);
}

/** The rows of messages, deleted or not. `statement` is given what tells a kind of message; `table` is the name of `events` in it. */
export function ofMessages(statement: (kind: string) => string, table = "events"): string {
  return MESSAGE_KINDS.map((kind) =>
    statement(kind.replaceAll(/message|redacted/g, (column) => `${table}.${column}`)),
  ).join(" UNION ALL ");
}
