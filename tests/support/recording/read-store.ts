import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { StoreDump, StoredEvent } from "../checker/store-dump.ts";
import { placesOf, uuidOf } from "./stored-answer.ts";

/** The store's file in a data folder: the database that is not a lock. */
function storeFile(dataDir: string): string {
  const files = existsSync(dataDir) ? readdirSync(dataDir) : [];
  const file = files.find((name) => name.endsWith(".db") && name !== "lock.db");
  if (!file) throw new Error(`${dataDir} holds no store`);
  return join(dataDir, file);
}

function open(dataDir: string): DatabaseSync {
  const database = new DatabaseSync(storeFile(dataDir), { readOnly: true });
  database.exec("PRAGMA busy_timeout = 5000");
  return database;
}

type EventRow = Omit<
  StoredEvent,
  "id" | "nonce" | "text" | "user" | "message" | "emoji" | "role" | "about"
> & {
  id: Uint8Array;
  nonce: Uint8Array;
  body: string;
};

/**
 * Reads a whole store by SQL, in one snapshot, with none of the server's code in between: that code is what is tried.
 * The server may run beside it or have been killed.
 */
export function readStore(dataDir: string): StoreDump {
  const database = open(dataDir);
  try {
    const all = <T>(sql: string): T[] => database.prepare(sql).all() as T[];
    database.exec("BEGIN");
    const feeds = all<{ no: number; feed: string; floor: number; last: number }>(
      "SELECT no, feed, floor, last FROM feeds ORDER BY no",
    );
    const nameOf = new Map(feeds.map(({ no, feed }) => [no, feed]));
    // Members of a room that was deleted are removed in pauses of the traffic, and are members no more.
    return {
      epoch: all<{ value: string }>("SELECT value FROM meta WHERE key = 'epoch'")[0]?.value ?? "",
      feeds: feeds.map(({ feed, floor, last }) => ({ feed, floor, last })),
      events: all<EventRow>(
        "SELECT feeds.feed, seq, id, CASE message WHEN 1 THEN 'message_sent' ELSE kind END AS kind, actor, nonce, at, body FROM events LEFT JOIN feeds ON no = feed_no WHERE floor IS NULL OR seq > floor ORDER BY feed_no, seq",
      ).map(event),
      members: all<{ room: string; user: string; role: string; read: number }>(
        "SELECT feed AS room, user_id AS user, role, read_seq AS read FROM members JOIN feeds ON no = room_no JOIN rooms USING (room_no) WHERE state <> 'deleted'",
      ).map(({ room, user, role, read }) => ({ room, user, role, read })),
      rooms: all<{ room: string; owners: number; members: number }>(
        "SELECT feed AS room, owners, members FROM rooms JOIN feeds ON no = room_no WHERE state <> 'deleted'",
      ).map(({ room, owners, members }) => ({ room, owners, members })),
      reactions: all<{ room: string; seq: number; emoji: string; user: string }>(
        "SELECT feed AS room, seq, emoji, user_id AS user FROM reactions JOIN feeds ON no = room_no WHERE seq > floor",
      ).map(({ room, seq, emoji, user }) => ({ room, seq, emoji, user })),
      nonces: all<{ author: Uint8Array; nonce: Uint8Array; answer: Uint8Array }>(
        "SELECT authors.author, nonce, answer FROM nonces JOIN authors ON no = nonces.author",
      ).map(({ author, nonce, answer }) => ({
        author: uuidOf(author),
        nonce: uuidOf(nonce),
        placed: placesOf(answer).map(({ no, seq, id }) => ({
          feed: nameOf.get(no) ?? `no feed ${no}`,
          ...{ seq, id },
        })),
      })),
    };
  } finally {
    database.close();
  }
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

/** Only the heads and the members of each feed: cheap enough for polling. */
export function readHeads(dataDir: string): { heads: Map<string, number>; rooms: Map<string, string[]> } {
  const database = open(dataDir);
  try {
    const heads = database.prepare("SELECT feed, last FROM feeds").all() as { feed: string; last: number }[];
    const members = database
      .prepare(
        "SELECT feed, user_id AS user FROM members JOIN feeds ON no = room_no JOIN rooms USING (room_no) WHERE state <> 'deleted'",
      )
      .all() as { feed: string; user: string }[];
    const rooms = new Map<string, string[]>();
    for (const { feed, user } of members) rooms.set(user, [...(rooms.get(user) ?? []), feed]);
    return { heads: new Map(heads.map(({ feed, last }) => [feed, last])), rooms };
  } finally {
    database.close();
  }
}
