import { type FeedId, userOfFeed } from "@parley/protocol";
import { ofMessages } from "../../base/events.ts";
import type { DerivedUser } from "../../doctor/derived-user.ts";
import type { Findings } from "../../doctor/findings.ts";
import type { SqliteFile } from "../engine/file.ts";

const MEMBERSHIPS =
  "SELECT f.feed, m.read_seq, f.last FROM members m JOIN feeds f ON f.no = m.room_no JOIN rooms r ON r.room_no = m.room_no " +
  "WHERE m.user_id = $1 AND r.state <> 'deleted'";
const DELETED =
  "SELECT 1 FROM rooms r JOIN feeds f ON f.no = r.room_no WHERE f.feed = $1 AND r.state = 'deleted'";
const OWN_MESSAGE = ofMessages(
  (kind) =>
    `SELECT 1 FROM events WHERE feed_no = (SELECT no FROM feeds WHERE feed = $1) AND ${kind} AND seq = $2 AND actor = $3`,
);
const READ_BEFORE = "SELECT 1 FROM meta WHERE key = 'read_before'";

/** The memberships of a user and how far each room is read, against the user's own log. */
export function compareUser(file: SqliteFile, findings: Findings, feed: FeedId, derived: DerivedUser): void {
  // A store older than read positions counted everything in it as read, and no event says so.
  const upgraded = file.get(READ_BEFORE, []) !== undefined;
  const found = new Map(
    file.all(MEMBERSHIPS, [userOfFeed(feed)]).map(([room, read, last]) => [String(room), { read, last }]),
  );
  for (const [room, wanted] of derived.reads) {
    const row = found.get(room);
    if (!row) {
      if (file.get(DELETED, [room]) === undefined)
        findings.add("members", feed, `the user's log has them in ${room}, the room's members do not`);
      continue;
    }
    const read = Number(row.read);
    if (upgraded && read >= wanted && read <= Number(row.last)) continue;
    // Sending moves the position to the message; the user's own feed does not repeat it.
    if (read > wanted && file.get(OWN_MESSAGE, [room, read, userOfFeed(feed)]) !== undefined) continue;
    findings.same("reading", feed, `what is read in ${room}`, read, wanted);
  }
  if (derived.trimmed) return;
  for (const room of found.keys()) {
    if (!derived.reads.has(room))
      findings.add("members", feed, `is a member of ${room}, of which their log knows nothing`);
  }
}
