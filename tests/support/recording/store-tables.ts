import type { StoreDump, StoredEvent } from "../checker/store-dump.ts";
import { placesOf, uuidOf } from "./stored-answer.ts";

/** What is read of every store: the text is the same for SQLite and PostgreSQL. */
export const TABLES = {
  epoch: "SELECT value FROM meta WHERE key = 'epoch'",
  feeds: "SELECT no, feed, floor, last FROM feeds ORDER BY no",
  events:
    "SELECT feeds.feed, seq, id, CASE message WHEN 1 THEN 'message_sent' ELSE kind END AS kind, actor, nonce, at, body FROM events LEFT JOIN feeds ON no = feed_no WHERE floor IS NULL OR seq > floor ORDER BY feed_no, seq",
  // Members of a room that was deleted are removed in pauses of the traffic, and are members no more.
  members:
    "SELECT feed AS room, user_id AS user, role, read_seq AS read FROM members JOIN feeds ON no = room_no JOIN rooms USING (room_no) WHERE state <> 'deleted'",
  rooms:
    "SELECT feed AS room, owners, members FROM rooms JOIN feeds ON no = room_no WHERE state <> 'deleted'",
  reactions:
    "SELECT feed AS room, seq, emoji, user_id AS user FROM reactions JOIN feeds ON no = room_no WHERE seq > floor",
  nonces: "SELECT authors.author, nonce, answer FROM nonces JOIN authors ON no = nonces.author",
} as const;

type Table = keyof typeof TABLES;
export type Rows = { readonly [table in Table]: readonly unknown[] };

/** Only the heads and the members of each feed: cheap enough for polling. */
export const HEADS = {
  heads: "SELECT feed, last FROM feeds",
  members: TABLES.members,
} as const;
export type Heads = {
  readonly heads: ReadonlyMap<string, number>;
  /** By user. */
  readonly rooms: ReadonlyMap<string, readonly string[]>;
};

type EventRow = Omit<
  StoredEvent,
  "id" | "nonce" | "text" | "user" | "message" | "emoji" | "role" | "about"
> & {
  id: Uint8Array;
  nonce: Uint8Array;
  body: string;
};

/** The rows of all tables as the checker reads them. */
export function dumpOf(rows: Rows): StoreDump {
  const all = <T>(table: Table) => rows[table] as readonly T[];
  const feeds = all<{ no: number; feed: string; floor: number; last: number }>("feeds");
  const nameOf = new Map(feeds.map(({ no, feed }) => [no, feed]));
  return {
    epoch: all<{ value: string }>("epoch")[0]?.value ?? "",
    feeds: feeds.map(({ feed, floor, last }) => ({ feed, floor, last })),
    events: all<EventRow>("events").map(event),
    members: all<{ room: string; user: string; role: string; read: number }>("members").map(
      ({ room, user, role, read }) => ({ room, user, role, read }),
    ),
    rooms: all<{ room: string; owners: number; members: number }>("rooms").map(
      ({ room, owners, members }) => ({ room, owners, members }),
    ),
    reactions: all<{ room: string; seq: number; emoji: string; user: string }>("reactions").map(
      ({ room, seq, emoji, user }) => ({ room, seq, emoji, user }),
    ),
    nonces: all<{ author: Uint8Array; nonce: Uint8Array; answer: Uint8Array }>("nonces").map(
      ({ author, nonce, answer }) => ({
        author: uuidOf(author),
        nonce: uuidOf(nonce),
        placed: placesOf(answer).map(({ no, seq, id }) => ({
          feed: nameOf.get(no) ?? `no feed ${no}`,
          ...{ seq, id },
        })),
      }),
    ),
  };
}

export function headsOf(
  heads: readonly { feed: string; last: number }[],
  members: readonly { room: string; user: string }[],
): Heads {
  const rooms = new Map<string, string[]>();
  for (const { room, user } of members) rooms.set(user, [...(rooms.get(user) ?? []), room]);
  return { heads: new Map(heads.map(({ feed, last }) => [feed, last])), rooms };
}

function event({ feed, seq, kind, actor, at, body, ...row }: EventRow): StoredEvent {
  const [id, nonce] = [uuidOf(row.id), uuidOf(row.nonce)];
  const {
    text = "",
    user = null,
    message = null,
    ...rest
  } = JSON.parse(body) as {
    text?: string;
    user?: string;
    message?: { id: string };
    emoji?: string;
    role?: string;
    room?: string;
    room_seq?: number;
  };
  return {
    ...{ feed, seq, id, kind, actor, nonce, at, text, user, message: message?.id ?? null },
    ...(rest.emoji === undefined ? {} : { emoji: rest.emoji }),
    ...(rest.role === undefined ? {} : { role: rest.role }),
    ...(rest.room === undefined ? {} : { about: { room: rest.room, seq: rest.room_seq ?? 0 } }),
  };
}
