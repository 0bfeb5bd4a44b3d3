import { ofMessages } from "../base/events.ts";
import { change, insert, type Row, type Steps, write } from "../base/steps.ts";

const APPEND =
  "INSERT INTO events (row, feed_no, seq, message, id, kind, actor, name, at, nonce, body, redacted) " +
  "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
/** Refused when the feed does not stand where the facts say: no seq is ever given twice. */
const MOVE_FEED =
  "UPDATE feeds SET last = $3, last_at = $4, stamped = $5, last_message = COALESCE($6, last_message), facts = $7 " +
  "WHERE no = $1 AND last = $2";
const RAISE_FLOOR = "UPDATE feeds SET floor = $2 WHERE no = $1";
const PURGE = "INSERT INTO purges (feed_no, upto) VALUES ($1, $2)";
const NEW_ROOM =
  "INSERT INTO rooms (room_no, kind, name, topic, owners, members) VALUES ($1, $2, $3, $4, 0, 0)";
const CHANGE_ROOM = "UPDATE rooms SET name = $2, topic = $3, state = $4 WHERE room_no = $1";
const COUNT_MEMBERS = "UPDATE rooms SET owners = $2, members = members + $3 WHERE room_no = $1";
const ADD_MEMBER =
  "INSERT INTO members (room_no, user_id, role, read_seq) VALUES ($1, $2, $3, $4) " +
  "ON CONFLICT (room_no, user_id) DO UPDATE SET role = excluded.role, read_seq = excluded.read_seq";
const CHANGE_ROLE = "UPDATE members SET role = $3 WHERE room_no = $1 AND user_id = $2";
const REMOVE_MEMBER = "DELETE FROM members WHERE room_no = $1 AND user_id = $2";
const READ =
  "UPDATE members SET read_seq = $3 WHERE room_no = (SELECT no FROM feeds WHERE feed = $1) AND user_id = $2 AND read_seq < $3";
/** A message that its author sent while being a member: sending is reading. */
const READ_OWN = "UPDATE members SET read_seq = $3 WHERE room_no = $1 AND user_id = $2 AND read_seq < $3";
const NEW_EDIT = "INSERT INTO edits (room_no, message_seq, seq) VALUES ($1, $2, $3)";
const AMEND =
  "INSERT INTO amendments (room_no, seq, text, mentions, edited_at, deleted, rev, mentions_room) " +
  "VALUES ($1, $2, $3, $4, $5, $6, $7, $8) " +
  "ON CONFLICT (room_no, seq) DO UPDATE SET text = excluded.text, mentions = excluded.mentions, " +
  "edited_at = COALESCE(excluded.edited_at, amendments.edited_at), deleted = excluded.deleted, rev = excluded.rev, " +
  "mentions_room = excluded.mentions_room";
const REDACTED =
  "UPDATE events SET redacted = 1, body = json_remove(json_set(body, '$.text', '', '$.mentions', json('[]'), '$.redacted', json('true')), " +
  "'$.mentions_room') WHERE feed_no = $1 AND ";
const REDACT = `${REDACTED} message = 1 AND redacted = 0 AND seq = $2`;
const REDACT_EDITS = `${REDACTED} message = 0 AND seq IN (SELECT seq FROM edits WHERE room_no = $1 AND message_seq = $2)`;
const INDEX = "INSERT INTO search (rowid, terms) VALUES ($1, $2)";
const ROW_OF = `(${ofMessages((kind) => `SELECT row FROM events WHERE feed_no = $1 AND ${kind} AND seq = $2`)})`;
const INDEX_AGAIN = `INSERT INTO search (rowid, terms) VALUES (${ROW_OF}, $3)`;
const UNINDEX = `DELETE FROM search WHERE rowid = ${ROW_OF}`;
const MENTION = "INSERT INTO mentions (room_no, user_id, seq, author) VALUES ($1, $2, $3, $4)";
const UNMENTION = "DELETE FROM mentions WHERE room_no = $1 AND seq = $2";
const REACT =
  "INSERT INTO reactions (room_no, seq, emoji, user_id, added) VALUES ($1, $2, $3, $4, $5) " +
  "ON CONFLICT (room_no, seq, emoji, user_id) DO UPDATE SET added = excluded.added";
const UNREACT = "DELETE FROM reactions WHERE room_no = $1 AND seq = $2 AND emoji = $3 AND user_id = $4";
const UNREACT_ALL = "DELETE FROM reactions WHERE room_no = $1 AND seq = $2";
const REACTION_REV =
  "INSERT INTO reaction_revs (room_no, seq, rev) VALUES ($1, $2, $3) ON CONFLICT (room_no, seq) DO UPDATE SET rev = excluded.rev";

/** All of them by name, for a test that looks at how they are carried out. */
export const STATEMENTS: Readonly<Record<string, string>> = {
  APPEND,
  MOVE_FEED,
  RAISE_FLOOR,
  PURGE,
  NEW_ROOM,
  CHANGE_ROOM,
  COUNT_MEMBERS,
  ADD_MEMBER,
  CHANGE_ROLE,
  REMOVE_MEMBER,
  READ,
  READ_OWN,
  NEW_EDIT,
  AMEND,
  REDACT,
  REDACT_EDITS,
  INDEX,
  INDEX_AGAIN,
  UNINDEX,
  MENTION,
  UNMENTION,
  REACT,
  UNREACT,
  UNREACT_ALL,
  REACTION_REV,
};

/** The rows that a batch writes, gathered over all feeds so that each table is written once. */
export class Rows {
  readonly events: Row[] = [];
  readonly feeds: Row[] = [];
  readonly floors: Row[] = [];
  readonly purges: Row[] = [];
  readonly rooms: Row[] = [];
  readonly roomsChanged: Row[] = [];
  readonly counts: Row[] = [];
  readonly added: Row[] = [];
  readonly roles: Row[] = [];
  readonly removed: Row[] = [];
  readonly reads: Row[] = [];
  readonly ownReads: Row[] = [];
  readonly edits: Row[] = [];
  readonly amended: Row[] = [];
  readonly redacted: Row[] = [];
  readonly unindexed: Row[] = [];
  readonly indexed: Row[] = [];
  readonly indexedAgain: Row[] = [];
  readonly unmentioned: Row[] = [];
  readonly mentioned: Row[] = [];
  readonly reacted: Row[] = [];
  readonly unreactedOne: Row[] = [];
  readonly unreactedAll: Row[] = [];
  readonly reactionRevs: Row[] = [];

  /** Order matters where one table is written twice: what was there goes before what comes. */
  *write(): Steps<void> {
    if (this.events.length > 0) yield insert(APPEND, this.events);
    for (const [sql, rows] of [
      [NEW_ROOM, this.rooms],
      [CHANGE_ROOM, this.roomsChanged],
      [REMOVE_MEMBER, this.removed],
      [ADD_MEMBER, this.added],
      [CHANGE_ROLE, this.roles],
      [COUNT_MEMBERS, this.counts],
      [READ, this.reads],
      [READ_OWN, this.ownReads],
      [NEW_EDIT, this.edits],
      [AMEND, this.amended],
      [REDACT, this.redacted],
      [REDACT_EDITS, this.redacted],
      [UNINDEX, this.unindexed],
      [INDEX, this.indexed],
      [INDEX_AGAIN, this.indexedAgain],
      [UNMENTION, this.unmentioned],
      [MENTION, this.mentioned],
      [UNREACT, this.unreactedOne],
      [REACT, this.reacted],
      [UNREACT_ALL, this.unreactedAll],
      [REACTION_REV, this.reactionRevs],
      [RAISE_FLOOR, this.floors],
      [PURGE, this.purges],
    ] as const) {
      if (rows.length > 0) yield write(sql, rows);
    }
    yield change(MOVE_FEED, this.feeds);
  }
}
