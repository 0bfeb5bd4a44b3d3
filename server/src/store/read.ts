import type { Member, Message, Role, RoomKind } from "@parley/protocol";
import type { Row } from "./steps.ts";

/** The text of reads that engines share, and how their rows become what the wire speaks of. */

export const EVENTS_AFTER =
  "SELECT seq, id, kind, actor, name, at, nonce, body FROM events WHERE feed_no = $1 AND seq > $2 ORDER BY seq LIMIT $3";

const MESSAGES =
  "SELECT e.seq, e.id, e.actor, e.name, e.at, e.nonce, e.body, a.text, a.mentions, a.edited_at, a.deleted, a.rev " +
  "FROM events e LEFT JOIN amendments a ON a.room_no = e.feed_no AND a.seq = e.seq " +
  "WHERE e.feed_no = $1 AND e.message = 1 AND ";

/** The messages of a room below, or from, a seq; the nearest to it first. */
export const MESSAGES_BELOW = `${MESSAGES} e.seq < $2 ORDER BY e.seq DESC LIMIT $3`;
export const MESSAGES_FROM = `${MESSAGES} e.seq >= $2 ORDER BY e.seq LIMIT $3`;

export function toMessage(row: Row): Message {
  const [seq, id, author, name, at, nonce, body, text, mentions, editedAt, deleted, rev] = row;
  const sent = JSON.parse(body as string) as Pick<Message, "text" | "mentions" | "reply_to"> & {
    walk_in?: true;
  };
  return {
    id: id as string,
    seq: seq as number,
    author: author as string,
    name: name as string,
    at: at as number,
    text: (text as string | null) ?? sent.text,
    mentions: mentions === null ? sent.mentions : JSON.parse(mentions as string),
    reply_to: sent.reply_to,
    edited_at: editedAt as number | null,
    deleted: deleted === 1,
    walk_in: sent.walk_in === true,
    nonce: nonce as string,
    rev: (rev as number | null) ?? (seq as number),
  };
}

export const FEED = "SELECT no, last, floor FROM feeds WHERE feed = $1";
export const HEAD = "SELECT last FROM feeds WHERE feed = $1";
export const STAMPED = "SELECT feed, last FROM feeds WHERE stamped >= $1 AND last > 0";
export const LAST_STAMP = "SELECT COALESCE(MAX(stamped), 0) FROM feeds";
export const ID_AT_SEQ = "SELECT id FROM events WHERE feed_no = $1 AND seq = $2";
export const ROLE = "SELECT role FROM members WHERE room_no = $1 AND user_id = $2";
export const USER_BY_TOKEN = "SELECT id, name, name_key FROM users WHERE token_hash = $1";
export const USER_NAME = "SELECT name FROM users WHERE id = $1";

const ROOMS =
  "SELECT f.feed, r.kind, r.name, r.topic, r.members, m.role, f.last, f.floor, f.no FROM rooms r " +
  "JOIN feeds f ON f.no = r.room_no LEFT JOIN members m ON m.room_no = r.room_no AND m.user_id = $1 ";

/** One room with the role of a user in it; the user's rooms; the public rooms. */
export const ROOM = `${ROOMS} WHERE f.feed = $2`;
export const ROOMS_OF =
  "SELECT f.feed, r.kind, r.name, r.topic, r.members, m.role, f.last, f.floor, f.no FROM members m " +
  "JOIN rooms r ON r.room_no = m.room_no JOIN feeds f ON f.no = m.room_no WHERE m.user_id = $1 ORDER BY f.feed";
export const PUBLIC_ROOMS = `${ROOMS} WHERE r.kind = 'public'`;

/** A room as these reads return it: what a list shows, and where its feed stands. */
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
};

export function toRoom(row: Row): RoomRow {
  const [feed, kind, name, topic, members, role, head, floor, no] = row as [
    string,
    RoomKind,
    string | null,
    string,
    number,
    Role | null,
    number,
    number,
    number,
  ];
  return { feed, kind, name, topic, members, role, head, floor, no };
}

export const MEMBERS =
  "SELECT u.id, u.name, m.role FROM members m JOIN users u ON u.id = m.user_id WHERE m.room_no = $1 " +
  "ORDER BY CASE m.role WHEN 'owner' THEN 0 WHEN 'moderator' THEN 1 ELSE 2 END, u.name_key, u.id";

export function toMember(row: Row): Member {
  const [id, name, role] = row as [string, string, Role];
  return { id, name, role };
}
