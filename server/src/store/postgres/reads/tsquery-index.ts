import { roomTerm } from "../../base/terms.ts";
import { take } from "../../read/asks.ts";
import type { SearchIndex } from "../../read/search.ts";
import type { Match } from "../../read/search-plan.ts";
import { LARGE_BLOCK, SMALL_BLOCK } from "../statements/terms.ts";

const TAKEN = "e.at < $3 AND e.at >= $4 AND ($5::text IS NULL OR e.actor = $5::text)";
const AMENDED = "LEFT JOIN amendments a ON a.room_no = e.feed_no AND a.seq = e.seq";
const ofIndex = (columns: string, join: string) =>
  `SELECT ${columns} FROM (SELECT rowid FROM search WHERE terms @@ $6::tsquery AND rowid < $1 AND rowid >= $2 ` +
  `ORDER BY rowid DESC) AS s JOIN events e ON e.row = s.rowid ${join} WHERE ${TAKEN} ORDER BY s.rowid DESC`;
const ofAll = (columns: string, join: string) =>
  `SELECT ${columns} FROM events e ${join} WHERE e.row < $1 AND e.row >= $2 AND e.message = 1 AND ${TAKEN} ORDER BY e.row DESC`;
const PLACE = "e.row, e.feed_no, e.seq";
const TEXT = `${PLACE}, e.body, a.text`;

/** Small blocks that are asked for at a time, at most: then a query holds as many terms of large ones. */
const WIDEST = 1_024;
const PER_LARGE = 2 ** (LARGE_BLOCK - SMALL_BLOCK);

/** The inverted index of PostgreSQL, which has no order: blocks of rows are walked from the newest, twice as many each time. */
export const tsqueryIndex: SearchIndex = {
  *candidates(match, { below, from, before, after, author }, texts, each) {
    if (match === null) {
      const sql = texts ? ofAll(TEXT, AMENDED) : ofAll(PLACE, "");
      yield* take(sql, [below, from, before, after, author], each);
      return;
    }
    const sql = texts ? ofIndex(TEXT, AMENDED) : ofIndex(PLACE, "");
    const sought = tsquery(match);
    let more = true;
    const taking = (row: Parameters<typeof each>[0]) => {
      more = each(row);
      return more;
    };
    let end = blockOf(below - 1, SMALL_BLOCK);
    for (
      let width = 1;
      more && end >= 0 && (end + 1) * 2 ** SMALL_BLOCK > from;
      width = Math.min(width * 2, WIDEST)
    ) {
      const begin = Math.max(0, end - width + 1, blockOf(from, SMALL_BLOCK));
      const [low, high] = [begin * 2 ** SMALL_BLOCK, (end + 1) * 2 ** SMALL_BLOCK];
      const range = [Math.min(below, high), Math.max(from, low), before, after, author];
      yield* take(sql, [...range, `${sought} & ${blocks(begin, end)}`], taking);
      end = begin - 1;
    }
  },
};

function tsquery({ words, beginning, rooms }: Match): string {
  const all = words.map(lexeme);
  if (beginning !== "") all.push(`${lexeme(beginning)}:*`);
  // No room: there is no feed of the number 0.
  if (rooms !== null) all.push(anyOf((rooms.length === 0 ? [0] : rooms).map(roomTerm)));
  return all.join(" & ");
}

/** The terms of a range of blocks: large ones where they are whole, so that a wide range is a short query. */
function blocks(begin: number, end: number): string {
  const terms: string[] = [];
  for (let block = begin; block <= end; ) {
    if (block % PER_LARGE === 0 && block + PER_LARGE - 1 <= end) {
      terms.push(`_B${block / PER_LARGE}`);
      block += PER_LARGE;
    } else terms.push(`_b${block++}`);
  }
  return anyOf(terms);
}

function anyOf(terms: readonly string[]): string {
  return `(${terms.map(lexeme).join(" | ")})`;
}

/** Quotes and backslashes mean something to the parser of queries; terms hold none, and are quoted nevertheless. */
function lexeme(term: string): string {
  return `'${term.replaceAll("\\", "\\\\").replaceAll("'", "''")}'`;
}

function blockOf(row: number, bits: number): number {
  return Math.floor(row / 2 ** bits);
}
