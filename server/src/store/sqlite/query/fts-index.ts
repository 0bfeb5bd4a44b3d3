import { take } from "../../read/asks.ts";
import type { SearchIndex } from "../../read/search.ts";
import { ftsMatch } from "./fts-match.ts";

const TAKEN = "AND e.at < $3 AND e.at >= $4 AND ($5 IS NULL OR e.actor = $5)";
const candidates = (columns: string, join: string) => ({
  ofIndex:
    `${columns} search s CROSS JOIN events e ON e.row = s.rowid ${join} ` +
    `WHERE s.search MATCH $6 AND s.rowid < $1 AND s.rowid >= $2 ${TAKEN} ORDER BY s.rowid DESC`,
  ofAll: `${columns} events e ${join} WHERE e.row < $1 AND e.row >= $2 AND e.message = 1 ${TAKEN} ORDER BY e.row DESC`,
});
const CANDIDATES = candidates("SELECT e.row, e.feed_no, e.seq FROM", "");
/** The text is part of the row where it has to be checked: a statement of its own for each text costs twice as much. */
const CANDIDATES_AND_TEXT = candidates(
  "SELECT e.row, e.feed_no, e.seq, e.body, a.text FROM",
  "LEFT JOIN amendments a ON a.room_no = e.feed_no AND a.seq = e.seq",
);

/** The index of FTS5, which walks its rows from the newest. */
export const ftsIndex: SearchIndex = {
  *candidates(match, { below, from, before, after, author }, texts, each) {
    const { ofAll, ofIndex } = texts ? CANDIDATES_AND_TEXT : CANDIDATES;
    const start = [below, from, before, after, author];
    if (match === null) yield* take(ofAll, start, each);
    else yield* take(ofIndex, [...start, ftsMatch(match)], each);
  },
};
