import { STATEMENTS } from "../../commit/rows.ts";
import { BLOCK_TERMS } from "./terms.ts";

/** A statement whose text for all rows is written by hand, with the types of its parameters. A find answers with row numbers. */
export type ByHand = { readonly text: string; readonly types: readonly string[] };

/**
 * The text that locks the rows of feeds in the order of the feeds, so that two batches never wait for each other; `sql` finds
 * one. Not FOR UPDATE: the foreign keys of other transactions hold the same rows with KEY SHARE, and would wait.
 */
export function lockText(sql: string): string {
  const [, columns] = /^SELECT ([\w, ]+) FROM feeds WHERE feed = \$1$/.exec(sql) ?? [];
  if (columns === undefined) throw new Error(`Not a statement that finds a feed: ${sql}`);
  const prefixed = columns.split(", ").map((column) => `f.${column}`);
  return (
    `SELECT k.ord, ${prefixed.join(", ")} FROM unnest($1::text[]) WITH ORDINALITY AS k(feed, ord) ` +
    "JOIN feeds f ON f.feed = k.feed ORDER BY f.feed FOR NO KEY UPDATE OF f"
  );
}

/** No parser and no dictionary: the terms are cut already, and each becomes a lexeme as it is. */
const TERMS = (text: string, row: string) =>
  `array_to_tsvector(array_remove(string_to_array(${text} || ${BLOCK_TERMS(row)}, ' '), ''))`;
const REDACTED =
  `UPDATE events SET redacted = 1, body = ((body::jsonb - 'mentions_room') || '{"text":"","mentions":[],"redacted":true}'::jsonb)::text ` +
  "FROM unnest($1::bigint[], $2::bigint[]) AS k(no, seq)";

export const BY_HAND: ReadonlyMap<string, ByHand> = new Map([
  [
    STATEMENTS.INDEX as string,
    {
      text: `INSERT INTO search (rowid, terms) SELECT k.row, ${TERMS("k.terms", "k.row")} FROM unnest($1::bigint[], $2::text[]) AS k(row, terms)`,
      types: ["bigint", "text"],
    },
  ],
  [
    STATEMENTS.INDEX_AGAIN as string,
    {
      text:
        `INSERT INTO search (rowid, terms) SELECT e.row, ${TERMS("k.terms", "e.row")} ` +
        "FROM unnest($1::bigint[], $2::bigint[], $3::text[]) AS k(no, seq, terms) " +
        "JOIN events e ON e.feed_no = k.no AND e.seq = k.seq AND e.message = 1 AND e.redacted = 0",
      types: ["bigint", "bigint", "text"],
    },
  ],
  [
    STATEMENTS.REDACT as string,
    {
      text: `${REDACTED} WHERE events.feed_no = k.no AND events.message = 1 AND events.redacted = 0 AND events.seq = k.seq`,
      types: ["bigint", "bigint"],
    },
  ],
  [
    STATEMENTS.REDACT_EDITS as string,
    {
      text:
        `${REDACTED} JOIN edits d ON d.room_no = k.no AND d.message_seq = k.seq ` +
        "WHERE events.feed_no = k.no AND events.message = 0 AND events.seq = d.seq",
      types: ["bigint", "bigint"],
    },
  ],
]);
