import { indexText } from "../../base/terms.ts";
import type { Findings } from "../../doctor/findings.ts";
import type { SqliteFile } from "../engine/file.ts";

/** Rows of events that are in memory at a time. */
const PAGE = 1_000;
/** Messages whose terms are compared without `deep`. */
const SAMPLE = 200;

/** Messages that a search can find: not deleted, and of rooms that are not deleted. */
const SEARCHABLE =
  "FROM events e LEFT JOIN amendments a ON a.room_no = e.feed_no AND a.seq = e.seq " +
  "WHERE e.message = 1 AND COALESCE(a.deleted, 0) = 0 AND e.feed_no NOT IN (SELECT feed_no FROM purges)";
const TEXT = "COALESCE(a.text, json_extract(e.body, '$.text'))";
const MISSING = `SELECT e.row, e.seq, f.feed FROM (SELECT e.row, e.seq, e.feed_no ${SEARCHABLE}) e JOIN feeds f ON f.no = e.feed_no WHERE NOT EXISTS (SELECT 1 FROM search_docsize d WHERE d.id = e.row)`;
const EXTRA =
  "SELECT d.id FROM search_docsize d LEFT JOIN events e ON e.row = d.id LEFT JOIN amendments a ON a.room_no = e.feed_no AND a.seq = e.seq " +
  "WHERE COALESCE(e.message, 0) = 0 OR (COALESCE(a.deleted, 0) = 1 AND e.feed_no NOT IN (SELECT feed_no FROM purges))";
const PAGE_OF = `SELECT e.row, e.feed_no, e.actor, ${TEXT} ${SEARCHABLE} AND e.row > $1 ORDER BY e.row LIMIT $2`;
const LAST_ROW = "SELECT COALESCE(MAX(row), 0) FROM events";
const FOUND = "SELECT 1 FROM search WHERE search MATCH $1 AND rowid = $2";

/**
 * Compares the search index with the messages: each has a row and nothing else has one; then the terms of some messages, or
 * of all with `deep`. The current texts were compared with the log before. Returns how many were compared by their terms.
 */
export function checkSearch(file: SqliteFile, findings: Findings, deep: boolean): number {
  for (const [, seq, feed] of file.all(MISSING, []))
    findings.add("search", String(feed), `message #${seq} cannot be found`);
  for (const [row] of file.all(EXTRA, []))
    findings.add("search", "index", `row ${row} finds what was deleted, or was never a message`);
  return deep ? compareAll(file, findings) : compareSome(file, findings);
}

function compareSome(file: SqliteFile, findings: Findings): number {
  const last = Number(file.get(LAST_ROW, [])?.[0]);
  const stride = Math.max(1, Math.floor(last / SAMPLE));
  let compared = 0;
  for (let from = 0; from < last && compared < SAMPLE; from += stride) {
    const row = file.get(PAGE_OF.replace("$2", "1"), [from]);
    if (!row) break;
    const [id, no, author, text] = row as [number, number, string, string];
    from = Math.max(from, id - 1);
    compared++;
    const query = termsOf(no, author, text)
      .map((term) => `"${term}"`)
      .join(" AND ");
    if (file.get(FOUND, [query, id]) === undefined)
      findings.add("search", "index", `row ${id} cannot be found by its own words`);
  }
  return compared;
}

/**
 * All terms of all messages in two passes: for each row the sum of its terms' hashes, once from the index and once from
 * the text. Takes 8 bytes of memory a row.
 */
function compareAll(file: SqliteFile, findings: Findings): number {
  const sums = new Float64Array(Number(file.get(LAST_ROW, [])?.[0]) + 1);
  file.exec("CREATE VIRTUAL TABLE temp.search_terms USING fts5vocab(main, search, instance)");
  for (const row of file.each("SELECT term, doc FROM temp.search_terms", [])) {
    const [term, doc] = row as [string, number];
    if (doc < sums.length) sums[doc] = (sums[doc] as number) + hash(term);
  }
  let compared = 0;
  for (let from = 0; ; ) {
    const page = file.all(PAGE_OF, [from, PAGE]) as unknown as [number, number, string, string][];
    for (const [id, no, author, text] of page) {
      from = id;
      compared++;
      let wanted = 0;
      for (const term of termsOf(no, author, text)) wanted += hash(term);
      if (sums[id] !== wanted)
        findings.add("search", "index", `row ${id} is found by other words than it says`);
    }
    if (page.length < PAGE) return compared;
  }
}

/** The terms of a message that the index must hold, each once. */
function termsOf(no: number, author: string, text: string): string[] {
  return [...new Set(indexText(no, author, text).match(/[^ ]+/g))];
}

/** 32 bits (FNV-1a): sums of them stay exact. */
function hash(term: string): number {
  let sum = 0x811c9dc5;
  for (let i = 0; i < term.length; i++) sum = Math.imul(sum ^ term.charCodeAt(i), 0x01000193);
  return sum >>> 0;
}
