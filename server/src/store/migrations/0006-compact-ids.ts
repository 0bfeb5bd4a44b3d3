import { idToBytes } from "../base/compact-id.ts";
import { writeNonceResult, writeTime } from "../base/nonce-result.ts";
import { type FoundRows, find, write } from "../base/steps.ts";
import type { Migration } from "./migration.ts";

/** Nonces in memory at a time, and events of one copying statement. */
const NONCES = 2_000;
const EVENTS = 10_000;
/** The cost of the four indexes, in fifths of the cost of the rows. */
const INDEXES = 4;

const DIGIT = "[0-9a-f]";
const UUID = [8, 4, 4, 4, 12].map((digits) => DIGIT.repeat(digits)).join("-");
/** As `idToBytes`. */
const packed = (column: string) =>
  `CASE WHEN ${column} GLOB '${UUID}' THEN unhex(${column}, '-') ELSE CAST('${"~".repeat(17)}' || ${column} AS BLOB) END`;

const COUNT = "SELECT (SELECT COUNT(*) FROM nonces), (SELECT COALESCE(MAX(row), 0) FROM events)";
const AUTHORS = `INSERT INTO authors (author) SELECT ${packed("author")} FROM (SELECT DISTINCT author FROM nonces ORDER BY author) AS authors_once`;
const NONCES_AFTER =
  "SELECT json_group_array(json_array(nonce, author, digest, at, answer)) FROM " +
  `(SELECT * FROM nonces WHERE (nonce, author) > ($1, $2) ORDER BY nonce, author LIMIT ${NONCES}) AS slice`;
const NEW_NONCE =
  "INSERT INTO compact_nonces (nonce, author, digest, at, answer) " +
  "VALUES ($1, (SELECT no FROM authors WHERE author = $2), $3, $4, $5)";
const COPY_EVENTS =
  "INSERT INTO compact_events (row, feed_no, seq, message, id, kind, actor, name, at, nonce, body, redacted) " +
  `SELECT row, feed_no, seq, message, ${packed("id")}, CASE message WHEN 1 THEN '' ELSE kind END, actor, name, at, ` +
  `${packed("nonce")}, body, redacted FROM events WHERE row > $1 AND row <= $2 ORDER BY row`;

/**
 * Ids as 16 bytes in place of 36 characters, nonces under the number of their author, answers as bytes, and the kind of a
 * message not at all (docs/adr/0018): 528 bytes a message become 352, or 368 with the index of migration 5.
 *
 * All of it is one transaction: a process that is killed in the middle leaves the store as it was. Until the commit, the log
 * holds the new rows, about 370 bytes a message. The file keeps the pages of the old rows, which later rows fill.
 */
export const compactIds: Migration = {
  version: 6,
  sqlite: [
    "CREATE TABLE authors (no INTEGER PRIMARY KEY, author BLOB NOT NULL UNIQUE) STRICT",
    "CREATE TABLE compact_nonces (nonce BLOB NOT NULL, author INTEGER NOT NULL, digest INTEGER NOT NULL, at INTEGER, answer BLOB NOT NULL, PRIMARY KEY (nonce, author)) STRICT, WITHOUT ROWID",
    "CREATE TABLE compact_events (row INTEGER PRIMARY KEY, feed_no INTEGER NOT NULL, seq INTEGER NOT NULL, message INTEGER NOT NULL, id BLOB NOT NULL, kind TEXT NOT NULL, actor TEXT NOT NULL, name TEXT NOT NULL, at INTEGER NOT NULL, nonce BLOB NOT NULL, body TEXT NOT NULL, redacted INTEGER NOT NULL) STRICT",
  ],
  *fill({ progress = () => {} }) {
    const [counted] = (yield find(COUNT, [[]])) as FoundRows;
    const [nonces, lastRow] = counted as unknown as [number, number];
    const total = nonces + lastRow * (1 + INDEXES / 5);
    let done = 0;
    const step = (rows: number) => {
      done += rows;
      progress(6, Math.min(done / Math.max(total, 1), 1));
    };

    yield write(AUTHORS, [[]]);
    for (let [nonce, author] = ["", ""]; ; ) {
      const [row] = (yield find(NONCES_AFTER, [[nonce, author]])) as FoundRows;
      const slice = JSON.parse(String(row?.[0])) as OldNonce[];
      const last = slice.at(-1);
      if (!last) break;
      [nonce, author] = last;
      yield write(NEW_NONCE, slice.map(compact));
      step(slice.length);
    }
    // The pages of the dropped table are filled by the next one.
    yield write("DROP TABLE nonces", [[]]);
    yield write("ALTER TABLE compact_nonces RENAME TO nonces", [[]]);
    for (let from = 0; from < lastRow; from += EVENTS) {
      yield write(COPY_EVENTS, [[from, from + EVENTS]]);
      step(Math.min(EVENTS, lastRow - from));
    }
    yield write("DROP TABLE events", [[]]);
    yield write("ALTER TABLE compact_events RENAME TO events", [[]]);
    for (const index of [
      "CREATE UNIQUE INDEX messages_by_seq ON events (feed_no, seq) WHERE message = 1",
      "CREATE UNIQUE INDEX others_by_seq ON events (feed_no, seq) WHERE message = 0",
      "CREATE UNIQUE INDEX messages_by_id ON events (id) WHERE message = 1",
      "CREATE UNIQUE INDEX live_messages ON events (feed_no, seq) WHERE message = 1 AND redacted = 0",
    ]) {
      yield write(index, [[]]);
      step(lastRow / 5);
    }
  },
};

type OldNonce = readonly [nonce: string, author: string, digest: number, at: number, answer: string];

/** An answer of the old format was `no:seq:id`, one for each event. */
function compact([nonce, author, digest, at, answer]: OldNonce) {
  const places = answer === "" ? [] : answer.split(" ").map((place) => place.split(":"));
  const placed = places.map(([feed = "", seq, id = ""]) => ({ feed, seq: Number(seq), id }));
  return [
    idToBytes(nonce),
    idToBytes(author),
    digest,
    writeTime(at, placed),
    writeNonceResult(placed, Number),
  ] as const;
}
