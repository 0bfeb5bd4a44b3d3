import { write } from "../base/steps.ts";
import type { Migration } from "./migration.ts";

/**
 * Archived and deleted rooms, reactions, mentions and read positions.
 *
 * The read position is part of the membership, which every list of rooms reads anyway. `feeds.last_message` shows without a
 * count that nothing is unread, as for most members that reconnect. It costs no page of the log, because the row is written
 * with each batch. A mention of the room is one row without a user.
 *
 * Rows of a feed below `upto` in `purges` are void and are removed in pauses of the traffic.
 */
export const wholeRoom: Migration = {
  version: 2,
  sqlite: [
    "ALTER TABLE rooms ADD COLUMN state TEXT NOT NULL DEFAULT 'open'",
    "ALTER TABLE members ADD COLUMN read_seq INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE feeds ADD COLUMN last_message INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE amendments ADD COLUMN mentions_room INTEGER NOT NULL DEFAULT 0",
    "CREATE TABLE mentions (room_no INTEGER NOT NULL, user_id TEXT NOT NULL, seq INTEGER NOT NULL, author TEXT NOT NULL, PRIMARY KEY (room_no, user_id, seq)) STRICT, WITHOUT ROWID",
    "CREATE INDEX mentions_by_message ON mentions (room_no, seq)",
    "CREATE TABLE reactions (room_no INTEGER NOT NULL, seq INTEGER NOT NULL, emoji TEXT NOT NULL, user_id TEXT NOT NULL, added INTEGER NOT NULL, PRIMARY KEY (room_no, seq, emoji, user_id)) STRICT, WITHOUT ROWID",
    "CREATE TABLE reaction_revs (room_no INTEGER NOT NULL, seq INTEGER NOT NULL, rev INTEGER NOT NULL, PRIMARY KEY (room_no, seq)) STRICT, WITHOUT ROWID",
    "CREATE TABLE purges (feed_no INTEGER PRIMARY KEY, upto INTEGER NOT NULL) STRICT",
  ],
  *fill() {
    // Older messages count as read. No event says so, and the doctor reads this key.
    yield write(
      "INSERT INTO meta (key, value) SELECT 'read_before', '2' WHERE EXISTS (SELECT 1 FROM members)",
      [[]],
    );
    yield write("UPDATE members SET read_seq = (SELECT last FROM feeds f WHERE f.no = members.room_no)", [
      [],
    ]);
    yield write(
      "UPDATE feeds SET last_message = COALESCE((SELECT MAX(seq) FROM events e WHERE e.feed_no = feeds.no AND e.message = 1), 0)",
      [[]],
    );
    yield write(
      "INSERT INTO mentions (room_no, user_id, seq, author) SELECT e.feed_no, j.value, e.seq, e.actor FROM events e " +
        "LEFT JOIN amendments a ON a.room_no = e.feed_no AND a.seq = e.seq, " +
        "json_each(COALESCE(a.mentions, json_extract(e.body, '$.mentions'))) j " +
        "WHERE e.message = 1 AND j.value <> e.actor ON CONFLICT DO NOTHING",
      [[]],
    );
  },
};
