import { type FoundRows, find, type Row, write } from "../base/steps.ts";
import { indexText } from "../base/terms.ts";
import type { Migration } from "./migration.ts";

/** Rows of events that are in memory at a time. */
const SLICE = 1_000;

const LAST_ROW = "SELECT COALESCE(MAX(row), 0) FROM events";
const MESSAGE =
  "SELECT e.row, e.feed_no, e.actor, COALESCE(a.text, json_extract(e.body, '$.text')) FROM events e " +
  "LEFT JOIN amendments a ON a.room_no = e.feed_no AND a.seq = e.seq " +
  "WHERE e.row = $1 AND e.message = 1 AND COALESCE(a.deleted, 0) = 0";
const FORGET = "INSERT INTO search (search) VALUES ('delete-all')";
const INDEX = "INSERT INTO search (rowid, terms) VALUES ($1, $2)";

/**
 * Indexes all messages again: texts are split differently for letters with strokes, dotless i, the final sigma, the maqaf,
 * Thai and related scripts, and emoji; and each message is found by its author. Takes about ten seconds a million messages.
 *
 * The index no longer merges by itself because of deleted rows: that may happen in any commit, and takes long. The purges
 * merge it.
 */
export const newTerms: Migration = {
  version: 3,
  sqlite: ["INSERT INTO search (search, rank) VALUES ('deletemerge', 0)"],
  *fill() {
    yield write(FORGET, [[]]);
    const [newest] = (yield find(LAST_ROW, [[]])) as FoundRows;
    const last = Number(newest?.[0]);
    for (let from = 1; from <= last; from += SLICE) {
      const rows = Array.from({ length: Math.min(SLICE, last - from + 1) }, (_, i) => [from + i]);
      const found = (yield find(MESSAGE, rows)) as FoundRows;
      const messages = found.filter((row): row is Row => row !== undefined) as unknown as Message[];
      if (messages.length === 0) continue;
      yield write(
        INDEX,
        messages.map(([row, no, author, text]) => [row, indexText(no, author, text)]),
      );
    }
  },
};

type Message = readonly [row: number, no: number, author: string, text: string];
