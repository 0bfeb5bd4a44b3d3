import type { Member, Message, Role, RoomKind, UserId } from "@parley/protocol";
import type { RoomState } from "../../core/facts.ts";
import { bytesToId } from "../base/compact-id.ts";
import { eventsWhere, idAt, KIND, ofMessages } from "../base/events.ts";
import type { Row } from "../base/steps.ts";

/** The SQL of reads that engines share, and the conversion of their rows into types of the wire. */

export const EVENTS_AFTER = `${eventsWhere(`seq, id, ${KIND}, actor, name, at, nonce, body`, "seq > $2")} ORDER BY seq LIMIT $3`;

const MESSAGES =
  "SELECT e.seq, e.id, e.actor, e.name, e.at, e.nonce, e.body, a.text, a.mentions, a.edited_at, a.deleted, a.rev, a.mentions_room " +
  "FROM events e LEFT JOIN amendments a ON a.room_no = e.feed_no AND a.seq = e.seq " +
  "WHERE e.feed_no = $1 AND ";
const messages = (where: string) => ofMessages((kind) => `${MESSAGES}${kind} AND ${where}`, "e");
const LIVE = "e.message = 1 AND e.redacted = 0";

/** The messages of a room below, or from, a seq; the nearest to it first. */
export const MESSAGES_BELOW = `${messages("e.seq < $2")} ORDER BY 1 DESC LIMIT $3`;
export const MESSAGE_BY_ID = `${MESSAGES}e.message = 1 AND e.id = $2`;
export const MESSAGES_FROM = `${messages("e.seq >= $2")} ORDER BY 1 LIMIT $3`;
/** The same without deleted messages, from an index that does not hold them. */
export const LIVE_BELOW = `${MESSAGES}${LIVE} AND e.seq < $2 ORDER BY e.seq DESC LIMIT $3`;
export const LIVE_FROM = `${MESSAGES}${LIVE} AND e.seq >= $2 ORDER BY e.seq LIMIT $3`;

/** A message without its reactions, which are in a table of their own (`withReactions`). */
export function toMessage(row: Row): Message {
  const [seq, id, author, name, at, nonce, body, text, mentions, editedAt, deleted, rev, mentionsRoom] = row;
  const sent = JSON.parse(body as string) as Pick<Message, "text" | "mentions" | "reply_to"> & {
    walk_in?: true;
    mentions_room?: true;
  };
  return {
    id: bytesToId(id as Uint8Array),
    seq: seq as number,
    author: author as string,
    name: name as string,
    at: at as number,
    text: (text as string | null) ?? sent.text,
    mentions: mentions === null ? sent.mentions : JSON.parse(mentions as string),
    mentions_room: mentionsRoom === null ? sent.mentions_room === true : mentionsRoom === 1,
    reactions: [],
    reply_to: sent.reply_to,
    edited_at: editedAt as number | null,
    deleted: deleted === 1,
    walk_in: sent.walk_in === true,
    nonce: bytesToId(nonce as Uint8Array),
    rev: (rev as number | null) ?? (seq as number),
  };
}

/** The bodies with the texts of a message, the newest first: as it was sent, and each edit. */
export const VERSIONS =
  `${ofMessages((kind) => `SELECT seq, body, at FROM events WHERE feed_no = $1 AND ${kind} AND seq = $2`)} UNION ALL ` +
  "SELECT seq, body, at FROM events WHERE feed_no = $1 AND message = 0 AND " +
  "seq IN (SELECT seq FROM edits WHERE room_no = $1 AND message_seq = $2) ORDER BY seq DESC";

/** The last event that changed the reactions of each message in a range of seqs. */
export const REACTION_REVS =
  "SELECT seq, rev FROM reaction_revs WHERE room_no = $1 AND seq BETWEEN $2 AND $3";
/** The users whose names a reaction shows. */
const NAMED = 8;
/** For the messages in a range: each kind of reaction with its count, the first users who added it, and the reader. */
export const REACTIONS =
  "SELECT seq, emoji, user_id, name, place, count FROM (SELECT r.seq, r.emoji, r.user_id, u.name, " +
  "ROW_NUMBER() OVER (PARTITION BY r.seq, r.emoji ORDER BY r.added) AS place, " +
  "COUNT(*) OVER (PARTITION BY r.seq, r.emoji) AS count, " +
  "MIN(r.added) OVER (PARTITION BY r.seq, r.emoji) AS first " +
  "FROM reactions r JOIN users u ON u.id = r.user_id WHERE r.room_no = $1 AND r.seq BETWEEN $2 AND $3) AS all_of_them " +
  `WHERE place <= ${NAMED} OR user_id = $4 ORDER BY seq, first, place`;

/** Fills in the reactions of messages: rows of REACTION_REVS and REACTIONS over their range. */
export function withReactions(
  messages: readonly Message[],
  revs: readonly Row[],
  rows: readonly Row[],
  reader: UserId | null,
): Message[] {
  const bySeq = new Map(messages.map((message) => [message.seq, { ...message }]));
  for (const [seq, rev] of revs as unknown as [number, number][]) {
    const message = bySeq.get(seq);
    if (message) message.rev = Math.max(message.rev, rev);
  }
  for (const row of rows) {
    const [seq, emoji, id, name, place, count] = row as [number, string, string, string, number, number];
    const message = bySeq.get(seq);
    if (!message) continue;
    let kind = message.reactions.at(-1);
    if (kind?.emoji !== emoji) {
      kind = { emoji, count, mine: false, users: [] };
      message.reactions = [...message.reactions, kind];
    }
    if (place <= NAMED) kind.users.push({ id, name });
    if (id === reader) kind.mine = true;
  }
  return [...bySeq.values()];
}

/**
 * The unread messages of a member: messages of others above a seq that are not deleted. At most $4 are counted. There are no
 * own messages above the position (sending moves it) and no deleted ones in the index, so that few other rows are visited. A
 * feed whose last message is at or below the seq needs no query.
 */
export const UNREAD =
  "SELECT COUNT(*) FROM (SELECT 1 FROM events WHERE feed_no = $1 AND seq > $2 AND message = 1 AND redacted = 0 " +
  "AND actor <> $3 LIMIT $4) AS counted";
/** The unread messages that mention the member. */
export const MENTIONS =
  "SELECT COUNT(*) FROM (SELECT DISTINCT seq FROM mentions WHERE room_no = $1 AND user_id IN ($3, '') AND seq > $2 " +
  "AND author <> $3 LIMIT $4) AS counted";
/** How far each member has read, for rooms of at most so many members. */
export const READS =
  "SELECT m.user_id, m.read_seq FROM members m JOIN rooms r ON r.room_no = m.room_no " +
  "WHERE m.room_no = $1 AND r.members <= $2 ORDER BY m.user_id";

export const FEED = "SELECT no, last, floor FROM feeds WHERE feed = $1";
export const HEAD = "SELECT no, last FROM feeds WHERE feed = $1";
/** The same with the floor and the id of the last event. */
export const FEED_AND_ID = `SELECT f.no, f.last, f.floor, ${idAt("f.no", "f.last")} FROM feeds f WHERE f.feed = $1`;
export const ID_AT_SEQ = `SELECT ${idAt("$1", "$2")}`;
export const ROLE =
  "SELECT m.role FROM members m JOIN rooms r ON r.room_no = m.room_no " +
  "WHERE m.room_no = $1 AND m.user_id = $2 AND r.state <> 'deleted'";
export const GENERATION = "SELECT generation FROM devices WHERE user_id = $1 AND device = $2";
export const USER_BY_TOKEN = "SELECT id, name, name_key FROM users WHERE token_hash = $1";
/** The user of this name, or of one that looks like it. */
export const USER_BY_NAME = "SELECT id FROM users WHERE name_key = $1 OR skeleton = $2 LIMIT 1";
export const ROOM_BY_NAME = "SELECT feed FROM claims WHERE space = 'room_name' AND key = $1";
export const USER_NAME = "SELECT name FROM users WHERE id = $1";

/** What `toRoom` reads. */
export const ROOM_COLUMNS =
  "SELECT f.feed, r.kind, r.name, r.topic, r.members, m.role, f.last, f.floor, f.no, r.state, m.read_seq, f.last_message ";
/** The same and the id of the last event. */
const ROOM_AND_ID = `${ROOM_COLUMNS}, ${idAt("f.no", "f.last")} `;
const ROOM_OF_USER =
  "FROM rooms r JOIN feeds f ON f.no = r.room_no LEFT JOIN members m ON m.room_no = r.room_no AND m.user_id = $1 " +
  "WHERE f.feed = $2 AND r.state <> 'deleted'";
const ROOMS_OF_USER =
  "FROM members m JOIN rooms r ON r.room_no = m.room_no JOIN feeds f ON f.no = m.room_no " +
  "WHERE m.user_id = $1 AND r.state <> 'deleted' ORDER BY f.feed";

/** One room with the role of a user in it; the user's rooms. */
export const ROOM = `${ROOM_COLUMNS}${ROOM_OF_USER}`;
export const ROOM_AND_HEAD = `${ROOM_AND_ID}${ROOM_OF_USER}`;
export const ROOMS_OF = `${ROOM_COLUMNS}${ROOMS_OF_USER}`;
export const ROOMS_AND_HEADS = `${ROOM_AND_ID}${ROOMS_OF_USER}`;

/** A room as these reads return it: the entry of a list, and the head of its feed. */
export type RoomRow = {
  readonly feed: string;
  readonly kind: RoomKind;
  readonly name: string | null;
  readonly topic: string;
  readonly members: number;
  readonly role: Role | null;
  readonly head: number;
  readonly floor: number;
  readonly no: number;
  readonly archived: boolean;
  /** How far the reader has read; null for a user who is no member. */
  readonly readSeq: number | null;
  /** The seq of the last message, 0 when there is none. */
  readonly lastMessage: number;
  /** The id of the last event; null also where the statement does not ask for it. */
  readonly headId: string | null;
};

export function toRoom(row: Row): RoomRow {
  const [feed, kind, name, topic, members, role, head, floor, no, state, readSeq, lastMessage, id] = row as [
    string,
    RoomKind,
    string | null,
    string,
    number,
    Role | null,
    number,
    number,
    number,
    RoomState,
    number | null,
    number,
    (Uint8Array | null)?,
  ];
  const archived = state === "archived";
  const headId = id ? bytesToId(id) : null;
  return { feed, kind, name, topic, members, role, head, floor, no, archived, readSeq, lastMessage, headId };
}

export const MEMBERS =
  "SELECT u.id, u.name, m.role FROM members m JOIN users u ON u.id = m.user_id WHERE m.room_no = $1 " +
  "ORDER BY CASE m.role WHEN 'owner' THEN 0 WHEN 'moderator' THEN 1 ELSE 2 END, u.name_key, u.id";

export function toMember(row: Row): Member {
  const [id, name, role] = row as [string, string, Role];
  return { id, name, role };
}
