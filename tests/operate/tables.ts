import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { placesOf } from "../support/recording/stored-answer.ts";

type TableRow = readonly (string | number | null)[];

/** The number of a feed differs between stores; its id does not. */
const FEED = "(SELECT feed FROM feeds WHERE no =";
/** Rows that will be purged do not count: a deleted room keeps its last event, a long private feed its end. */
const ABOVE_FLOOR = (no: string) => `seq > (SELECT floor FROM feeds WHERE no = ${no})`;
const ALIVE = "room_no NOT IN (SELECT room_no FROM rooms WHERE state = 'deleted')";
const NONCES = "nonces n JOIN authors a ON a.no = n.author";
const TABLES: Readonly<Record<string, string>> = {
  meta: "SELECT key, value FROM meta ORDER BY key",
  users: "SELECT * FROM users ORDER BY id",
  feeds: "SELECT feed, last, floor, last_at, stamped, last_message FROM feeds ORDER BY no",
  events: `SELECT ${FEED} feed_no), seq, message, hex(id), kind, actor, name, at, hex(nonce), body FROM events WHERE ${ABOVE_FLOOR("feed_no")} ORDER BY row`,
  nonces: `SELECT hex(n.nonce) AS nonce, hex(a.author) AS author, n.digest, n.at, hex(n.answer) FROM ${NONCES} ORDER BY 1, 2`,
  rooms: `SELECT ${FEED} room_no), kind, name, topic, owners, members, state FROM rooms WHERE ${ALIVE} ORDER BY room_no`,
  deleted: `SELECT ${FEED} room_no), kind, state FROM rooms WHERE state = 'deleted' ORDER BY room_no`,
  members: `SELECT ${FEED} room_no), user_id, role, read_seq FROM members WHERE ${ALIVE} ORDER BY 1, 2`,
  claims: "SELECT space, key, feed FROM claims ORDER BY space, key",
  amendments: `SELECT ${FEED} room_no), seq, text, mentions, mentions_room, edited_at, deleted, rev FROM amendments WHERE ${ALIVE} ORDER BY 1, 2`,
  edits: `SELECT ${FEED} room_no), message_seq, seq FROM edits WHERE ${ALIVE} ORDER BY 1, 2, 3`,
  mentions: `SELECT ${FEED} room_no), user_id, seq, author FROM mentions WHERE ${ALIVE} ORDER BY 1, 2, 3`,
  reactions: `SELECT ${FEED} room_no), seq, emoji, user_id, added FROM reactions WHERE ${ALIVE} ORDER BY 1, 2, 3, 4`,
  reaction_revs: `SELECT ${FEED} room_no), seq, rev FROM reaction_revs WHERE ${ALIVE} ORDER BY 1, 2`,
};

/** What is no content: work that is left, numbers of authors, the generations of sessions, the search index. */
const NO_CONTENT = /^(purges|authors|devices|search.*)$/;

/** Every table of a store, row by row, as it would be in any other store with the same content. The doctor checks the search index. */
export function tablesOf(dataDir: string): { readonly [table: string]: readonly TableRow[] } {
  const database = new DatabaseSync(join(dataDir, "parley.db"), { readOnly: true });
  try {
    const known = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all() as {
      name: string;
    }[];
    const left = known.filter(({ name }) => !(name in TABLES) && !NO_CONTENT.test(name));
    if (left.length > 0) throw new Error(`No rule compares ${left.map(({ name }) => name)}`);
    database.exec("BEGIN");
    const names = database.prepare("SELECT no, feed FROM feeds").all() as { no: number; feed: string }[];
    const nameOf = new Map(names.map(({ no, feed }) => [no, feed]));
    return Object.fromEntries(
      Object.entries(TABLES).map(([name, sql]) => {
        const statement = database.prepare(sql);
        statement.setReturnArrays(true);
        const rows = statement.all() as unknown as TableRow[];
        return [name, name === "nonces" ? rows.map((row) => answered(row, nameOf)) : rows];
      }),
    );
  } finally {
    database.close();
  }
}

/** A row of nonces, with the ids of feeds in its result instead of their numbers. */
function answered(
  [nonce, author, digest, at, answer]: TableRow,
  nameOf: ReadonlyMap<number, string>,
): TableRow {
  const places = placesOf(Buffer.from(String(answer), "hex"));
  const said = places.map(({ no, seq, id }) => `${nameOf.get(no)}:${seq}:${id}`).join(" ");
  return [nonce ?? null, author ?? null, digest ?? null, at ?? null, said];
}
