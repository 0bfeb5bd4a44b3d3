import type { Migration } from "../migration.ts";
import { write } from "../steps.ts";

/**
 * Reads whose cost does not grow with what a user wrote or deleted.
 *
 * `events.redacted` marks what was deleted, and `live_messages` holds only messages that were not: unread counts and the
 * last messages of a room are found without passing deleted ones. A previous server fills the column with its default, so
 * it can still write.
 *
 * Sending moves the author's read position (SPEC CM-19), so that a count of what is unread never passes own messages. What
 * was sent before this version moves it here.
 */
export const boundedReads: Migration = {
  version: 5,
  sqlite: [
    "ALTER TABLE events ADD COLUMN redacted INTEGER NOT NULL DEFAULT 0",
    "UPDATE events SET redacted = 1 WHERE row IN (SELECT e.row FROM amendments a JOIN events e ON e.feed_no = a.room_no AND e.seq = a.seq AND e.message = 1 WHERE a.deleted = 1)",
    "CREATE UNIQUE INDEX live_messages ON events (feed_no, seq) WHERE message = 1 AND redacted = 0",
  ],
  *fill() {
    yield write(
      "UPDATE members SET read_seq = own.seq FROM " +
        "(SELECT feed_no, actor, MAX(seq) AS seq FROM events WHERE message = 1 GROUP BY feed_no, actor) AS own " +
        "WHERE own.feed_no = members.room_no AND own.actor = members.user_id AND own.seq > members.read_seq",
      [[]],
    );
  },
};
