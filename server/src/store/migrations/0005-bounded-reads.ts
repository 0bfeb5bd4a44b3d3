import { skeleton } from "@parley/protocol/name-policy";
import { type FoundRows, find, type Row, write } from "../base/steps.ts";
import { NAMES_BEFORE } from "../transfer/lineage.ts";
import type { Migration } from "./migration.ts";

/** Names that are in memory at a time. */
const SLICE = 1_000;
/** Parts of the work that are done after the index and after the read positions. Measured with a million messages: 1.5 s and 2.7 s. */
const INDEXED = 0.55;
const READ = 0.95;
const USERS =
  "SELECT json_group_array(json_array(id, name)) FROM (SELECT id, name FROM users WHERE id > $1 ORDER BY id LIMIT $2)";
const ROOMS =
  "SELECT json_group_array(json_array(no, feed, name)) FROM (SELECT f.no, f.feed, r.name FROM rooms r JOIN feeds f ON f.no = r.room_no " +
  "WHERE r.room_no > $1 AND r.kind = 'public' AND r.state <> 'deleted' ORDER BY r.room_no LIMIT $2)";

/**
 * Reads whose cost does not grow with what a user wrote or deleted.
 *
 * `events.redacted` marks what was deleted, and `live_messages` holds only messages that were not: unread counts and the
 * last messages of a room are found without passing deleted ones. A previous server fills the column with its default, so
 * it can still write.
 *
 * `users.skeleton` and the claims of the space `room_skeleton` hold the skeleton of a name (SPEC LM-13). Existing names that
 * look alike all stay: of users the column is not unique, of rooms the oldest has the claim.
 *
 * Sending moves the author's read position (SPEC CM-19), so that a count of unread messages never passes own messages. For
 * older messages it is moved here.
 */
export const boundedReads: Migration = {
  version: 5,
  sqlite: [
    "ALTER TABLE events ADD COLUMN redacted INTEGER NOT NULL DEFAULT 0",
    "UPDATE events SET redacted = 1 WHERE row IN (SELECT e.row FROM amendments a JOIN events e ON e.feed_no = a.room_no AND e.seq = a.seq AND e.message = 1 WHERE a.deleted = 1)",
    "CREATE UNIQUE INDEX live_messages ON events (feed_no, seq) WHERE message = 1 AND redacted = 0",
    "ALTER TABLE users ADD COLUMN skeleton TEXT",
    "CREATE INDEX users_by_skeleton ON users (skeleton)",
  ],
  *fill({ progress = () => {} }) {
    progress(5, INDEXED);
    yield write(
      "UPDATE members SET read_seq = own.seq FROM " +
        "(SELECT feed_no, actor, MAX(seq) AS seq FROM events WHERE message = 1 GROUP BY feed_no, actor) AS own " +
        "WHERE own.feed_no = members.room_no AND own.actor = members.user_id AND own.seq > members.read_seq",
      [[]],
    );
    progress(5, READ);
    for (let from = ""; ; ) {
      const users = listed<[string, string]>((yield find(USERS, [[from, SLICE]])) as FoundRows);
      if (users.length > 0)
        yield write(
          "UPDATE users SET skeleton = $2 WHERE id = $1",
          users.map(([id, name]) => [id, skeleton(name)]),
        );
      if (users.length < SLICE) break;
      from = users.at(-1)?.[0] ?? "";
    }
    for (let from = 0; ; ) {
      const rooms = listed<[number, string, string]>((yield find(ROOMS, [[from, SLICE]])) as FoundRows);
      if (rooms.length > 0)
        yield write(
          "INSERT INTO claims (space, key, feed) VALUES ('room_skeleton', $1, $2) ON CONFLICT DO NOTHING",
          rooms.map(([, feed, name]): Row => [skeleton(name), feed]),
        );
      if (rooms.length < SLICE) break;
      from = rooms.at(-1)?.[0] ?? 0;
    }
    yield write(NAMES_BEFORE, [[]]);
  },
};

function listed<T>(found: FoundRows): T[] {
  return JSON.parse(String(found[0]?.[0] ?? "[]")) as T[];
}
