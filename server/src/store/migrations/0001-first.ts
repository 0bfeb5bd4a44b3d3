import { LOBBY, nameKey } from "@parley/protocol";
import { write } from "../base/steps.ts";
import { SYSTEM_USER } from "../base/system.ts";
import type { Migration } from "./migration.ts";

const LOBBY_NAME = "Lobby";

/**
 * The first tables, and the lobby.
 *
 * `events` is the only table with a message as it was sent; `amendments` holds its current state after edits or a deletion,
 * and has no row for most messages. So a message costs one row of text, and a page reads both tables.
 *
 * Rows of `events` are in the order of storing, over all feeds, and the search index refers to them by that number. Only one
 * small index is sorted by feed: in a batch for many rooms each table that is sorted by room costs a page of the log for each
 * room. That index also separates messages from other events, so that a page of the lobby does not read all joins. The key of
 * `nonces` begins with the nonce, whose first bits are a time: new ones go to the end.
 */
export const first: Migration = {
  version: 1,
  sqlite: [
    "CREATE TABLE feeds (no INTEGER PRIMARY KEY, feed TEXT NOT NULL UNIQUE, last INTEGER NOT NULL, floor INTEGER NOT NULL, last_at INTEGER NOT NULL, stamped INTEGER NOT NULL) STRICT",
    "CREATE TABLE events (row INTEGER PRIMARY KEY, feed_no INTEGER NOT NULL, seq INTEGER NOT NULL, message INTEGER NOT NULL, id TEXT NOT NULL, kind TEXT NOT NULL, actor TEXT NOT NULL, name TEXT NOT NULL, at INTEGER NOT NULL, nonce TEXT NOT NULL, body TEXT NOT NULL) STRICT",
    "CREATE UNIQUE INDEX events_by_seq ON events (feed_no, seq, message)",
    "CREATE UNIQUE INDEX messages_by_id ON events (id) WHERE message = 1",
    "CREATE TABLE edits (room_no INTEGER NOT NULL, message_seq INTEGER NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (room_no, message_seq, seq)) STRICT, WITHOUT ROWID",
    "CREATE TABLE amendments (room_no INTEGER NOT NULL, seq INTEGER NOT NULL, text TEXT NOT NULL, mentions TEXT NOT NULL, edited_at INTEGER, deleted INTEGER NOT NULL, rev INTEGER NOT NULL, PRIMARY KEY (room_no, seq)) STRICT, WITHOUT ROWID",
    "CREATE TABLE nonces (nonce TEXT NOT NULL, author TEXT NOT NULL, digest INTEGER NOT NULL, at INTEGER NOT NULL, answer TEXT NOT NULL, PRIMARY KEY (nonce, author)) STRICT, WITHOUT ROWID",
    "CREATE TABLE users (id TEXT NOT NULL PRIMARY KEY, name TEXT NOT NULL, name_key TEXT NOT NULL UNIQUE, token_hash TEXT UNIQUE, created_at INTEGER NOT NULL, rev INTEGER NOT NULL) STRICT, WITHOUT ROWID",
    "CREATE TABLE rooms (room_no INTEGER PRIMARY KEY REFERENCES feeds, kind TEXT NOT NULL, name TEXT, topic TEXT NOT NULL, owners INTEGER NOT NULL, members INTEGER NOT NULL) STRICT",
    "CREATE INDEX rooms_public ON rooms (room_no) WHERE kind = 'public'",
    "CREATE TABLE members (room_no INTEGER NOT NULL REFERENCES rooms, user_id TEXT NOT NULL, role TEXT NOT NULL, PRIMARY KEY (room_no, user_id)) STRICT, WITHOUT ROWID",
    "CREATE INDEX members_by_user ON members (user_id)",
    "CREATE TABLE claims (space TEXT NOT NULL, key TEXT NOT NULL, feed TEXT NOT NULL, PRIMARY KEY (space, key)) STRICT, WITHOUT ROWID",
    // Texts are split into terms before: ASCII letters, digits, "_" and all characters beyond ASCII belong to a term.
    "CREATE VIRTUAL TABLE search USING fts5 (terms, content = '', contentless_delete = 1, detail = none, tokenize = \"ascii tokenchars '_'\")",
  ],
  *fill({ now, newId, epoch }) {
    yield write("INSERT INTO meta (key, value) VALUES ($1, $2)", [["epoch", epoch]]);
    yield write(
      "INSERT INTO users (id, name, name_key, token_hash, created_at, rev) VALUES ($1, $2, $3, NULL, $4, 0)",
      [[SYSTEM_USER.id, SYSTEM_USER.name, nameKey(SYSTEM_USER.name), now]],
    );
    yield write("INSERT INTO feeds (no, feed, last, floor, last_at, stamped) VALUES (1, $1, 1, 0, $2, $2)", [
      [LOBBY, now],
    ]);
    yield write(
      "INSERT INTO rooms (room_no, kind, name, topic, owners, members) VALUES (1, 'public', $1, '', 0, 0)",
      [[LOBBY_NAME]],
    );
    yield write("INSERT INTO claims (space, key, feed) VALUES ('room_name', $1, $2)", [
      [nameKey(LOBBY_NAME), LOBBY],
    ]);
    const body = { room_kind: "public", room_name: LOBBY_NAME, topic: "" };
    yield write(
      "INSERT INTO events (row, feed_no, seq, message, id, kind, actor, name, at, nonce, body) VALUES (1, 1, 1, 0, $1, 'room_created', $2, $3, $4, $5, $6)",
      [[newId(now), SYSTEM_USER.id, SYSTEM_USER.name, now, newId(now), JSON.stringify(body)]],
    );
  },
};
