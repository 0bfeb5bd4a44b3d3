import type { EventOf, FeedEvent } from "@parley/protocol";
import type { OpenFeed } from "./known-feeds.ts";
import { change, type Row, type Steps, write } from "./steps.ts";
import { roomTerm, spacedTerms } from "./terms.ts";

const APPEND =
  "INSERT INTO events (row, feed_no, seq, message, id, kind, actor, name, at, nonce, body) " +
  "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
/** Refused when the feed does not stand where the facts say: no seq is ever given twice. */
const MOVE_FEED = "UPDATE feeds SET last = $3, last_at = $4, stamped = $5 WHERE no = $1 AND last = $2";
const NEW_ROOM =
  "INSERT INTO rooms (room_no, kind, name, topic, owners, members) VALUES ($1, $2, $3, $4, 0, 0)";
const COUNT_MEMBERS = "UPDATE rooms SET owners = $2, members = members + $3 WHERE room_no = $1";
const ADD_MEMBER =
  "INSERT INTO members (room_no, user_id, role) VALUES ($1, $2, $3) ON CONFLICT (room_no, user_id) DO UPDATE SET role = excluded.role";
const REMOVE_MEMBER = "DELETE FROM members WHERE room_no = $1 AND user_id = $2";
const NEW_EDIT = "INSERT INTO edits (room_no, message_seq, seq) VALUES ($1, $2, $3)";
const AMEND =
  "INSERT INTO amendments (room_no, seq, text, mentions, edited_at, deleted, rev) VALUES ($1, $2, $3, $4, $5, $6, $7) " +
  "ON CONFLICT (room_no, seq) DO UPDATE SET text = excluded.text, mentions = excluded.mentions, " +
  "edited_at = COALESCE(excluded.edited_at, amendments.edited_at), deleted = excluded.deleted, rev = excluded.rev";
const REDACT =
  "UPDATE events SET body = json_set(body, '$.text', '', '$.mentions', json('[]'), '$.redacted', json('true')) " +
  "WHERE feed_no = $1 AND (seq = $2 OR seq IN (SELECT seq FROM edits WHERE room_no = $1 AND message_seq = $2))";
const INDEX = "INSERT INTO search (rowid, terms) VALUES ($1, $2)";
const ROW_OF = "(SELECT row FROM events WHERE feed_no = $1 AND seq = $2)";
const INDEX_AGAIN = `INSERT INTO search (rowid, terms) VALUES (${ROW_OF}, $3)`;
const UNINDEX = `DELETE FROM search WHERE rowid = ${ROW_OF}`;

/** The rows that a batch writes, gathered over all feeds so that each table is written once. */
type Rows = {
  readonly events: Row[];
  readonly feeds: Row[];
  readonly rooms: Row[];
  readonly counts: Row[];
  readonly added: Row[];
  readonly removed: Row[];
  readonly edits: Row[];
  readonly amended: Row[];
  readonly redacted: Row[];
  readonly unindexed: Row[];
  readonly indexed: Row[];
  readonly indexedAgain: Row[];
};

/** Appends the events of a batch, and carries them into the tables that answer what is so now. */
export function* project(feeds: readonly OpenFeed[], now: number, newRow: () => number): Steps<void> {
  const rows: Rows = {
    events: [],
    feeds: [],
    rooms: [],
    counts: [],
    added: [],
    removed: [],
    edits: [],
    amended: [],
    redacted: [],
    unindexed: [],
    indexed: [],
    indexedAgain: [],
  };
  for (const feed of feeds) projectFeed(feed, now, newRow, rows);
  for (const [sql, set] of [
    [APPEND, rows.events],
    [NEW_ROOM, rows.rooms],
    [REMOVE_MEMBER, rows.removed],
    [ADD_MEMBER, rows.added],
    [COUNT_MEMBERS, rows.counts],
    [NEW_EDIT, rows.edits],
    [AMEND, rows.amended],
    [REDACT, rows.redacted],
    [UNINDEX, rows.unindexed],
    [INDEX, rows.indexed],
    [INDEX_AGAIN, rows.indexedAgain],
  ] as const) {
    if (set.length > 0) yield write(sql, set);
  }
  yield change(MOVE_FEED, rows.feeds);
}

function projectFeed(
  { no, facts, lastAt, events }: OpenFeed,
  now: number,
  newRow: () => number,
  rows: Rows,
): void {
  const members = new Map<string, string | null>();
  /** Messages whose text changed in this batch: what it is in the end, null when there is none. */
  const changed = new Map<number, string | null>();
  const fresh: { readonly row: number; readonly event: EventOf<"message_sent"> }[] = [];
  let count = 0;
  for (const { event, body } of events) {
    const row = newRow();
    rows.events.push(eventRow(row, no, event, body));
    switch (event.kind) {
      case "room_created":
        rows.rooms.push([no, event.room_kind, event.room_name, event.topic]);
        break;
      case "member_joined":
        members.set(event.user, event.role);
        count++;
        break;
      case "member_left":
        members.set(event.user, null);
        count--;
        break;
      case "message_sent":
        fresh.push({ row, event });
        break;
      case "message_edited":
        projectEdit(no, event, rows);
        changed.set(event.message.seq, event.text);
        break;
      case "message_deleted":
        rows.amended.push([no, event.message.seq, "", "[]", null, 1, event.seq]);
        rows.redacted.push([no, event.message.seq]);
        changed.set(event.message.seq, null);
        break;
      case "room_added":
      case "room_removed":
        break;
      default:
        event satisfies never;
    }
  }
  for (const [user, role] of members) {
    if (role === null) rows.removed.push([no, user]);
    else rows.added.push([no, user, role]);
  }
  if (members.size > 0) rows.counts.push([no, facts.room?.owners ?? 0, count]);
  for (const { row, event } of fresh) {
    const text = changed.size === 0 || !changed.has(event.seq) ? event.text : changed.get(event.seq);
    changed.delete(event.seq);
    if (typeof text === "string") rows.indexed.push([row, indexed(no, text)]);
  }
  for (const [seq, text] of changed) {
    rows.unindexed.push([no, seq]);
    if (text !== null) rows.indexedAgain.push([no, seq, indexed(no, text)]);
  }
  rows.feeds.push([no, facts.last - events.length, facts.last, lastAt, now]);
}

function projectEdit(no: number, event: EventOf<"message_edited">, rows: Rows): void {
  const { message, text, mentions } = event;
  rows.edits.push([no, message.seq, event.seq]);
  rows.amended.push([no, message.seq, text, JSON.stringify(mentions), event.at, 0, event.seq]);
}

function indexed(no: number, text: string): string {
  return `${roomTerm(no)} ${spacedTerms(text)}`;
}

function eventRow(row: number, no: number, event: FeedEvent, body: string): Row {
  const { seq, id, kind, actor, name, at, nonce } = event;
  return [row, no, seq, kind === "message_sent" ? 1 : 0, id, kind, actor, name, at, nonce, body];
}
