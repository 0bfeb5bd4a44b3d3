import {
  type EventId,
  type Fault,
  fault,
  type Message,
  type Page,
  type RoomId,
  type Version,
} from "@parley/protocol";
import { idToBytes } from "../base/compact-id.ts";
import type { Reader, Where } from "../store.ts";
import { all, first, type Reads, take } from "./asks.ts";
import { fitted, type MessageTaker, PAGE_BYTES, pageOf } from "./page.ts";
import { idsAt, previewed } from "./rooms.ts";
import * as read from "./statements.ts";

export function* page(room: RoomId, where: Where, reader: Reader, epoch: string): Reads<Page | Fault> {
  const seen = yield* previewed(room, reader);
  if (!seen) return fault("no_such_room");
  const [below, from] =
    where.live === true ? [read.LIVE_BELOW, read.LIVE_FROM] : [read.MESSAGES_BELOW, read.MESSAGES_FROM];
  const reading = (sql: string) => (seq: number, limit: number, taker: MessageTaker) =>
    take(sql, [seen.no, seq, limit], (row) => taker.take(read.toMessage(row)));
  const cut = yield* pageOf(where, reading(below), reading(from));
  const reacted = yield* withReactions(seen.no, cut.messages, reader);
  const { messages, before, after } = fitted({ ...cut, messages: reacted }, where);
  const [as_of_id = null] = yield* idsAt([[seen.no, seen.head]]);
  return { room, epoch, as_of: seen.head, as_of_id, messages, has_before: before, has_after: after };
}

export function* message(room: RoomId, id: EventId, reader: Reader): Reads<Message | Fault> {
  const seen = yield* previewed(room, reader);
  if (!seen) return fault("no_such_room");
  return (yield* messageIn(seen.no, id, reader)) ?? fault("no_such_message");
}

/** The last texts that a message had, oldest first, as many as fit into PAGE_BYTES. */
export function* history(room: RoomId, id: EventId, reader: Reader): Reads<Version[] | Fault> {
  const seen = yield* previewed(room, reader);
  if (!seen) return fault("no_such_room");
  const found = yield* messageIn(seen.no, id, reader);
  if (!found) return fault("no_such_message");
  if (found.deleted) return fault("message_deleted");
  const versions: Version[] = [];
  let size = 0;
  yield* take(read.VERSIONS, [seen.no, found.seq], ([seq, body, at]) => {
    const { text } = JSON.parse(body as string) as { readonly text: string };
    const version = { seq: seq as number, text, at: at as number };
    size += Buffer.byteLength(JSON.stringify(version)) + 1;
    if (versions.length > 0 && size > PAGE_BYTES) return false;
    versions.push(version);
    return true;
  });
  return versions.reverse();
}

function* messageIn(no: number, id: EventId, reader: Reader): Reads<Message | undefined> {
  const row = yield* first(read.MESSAGE_BY_ID, [no, idToBytes(id)]);
  return row && (yield* withReactions(no, [read.toMessage(row)], reader))[0];
}

function* withReactions(no: number, messages: readonly Message[], reader: Reader): Reads<Message[]> {
  const [one, last] = [messages[0]?.seq, messages.at(-1)?.seq];
  if (one === undefined || last === undefined) return [];
  const revs = yield* all(read.REACTION_REVS, [no, one, last]);
  if (revs.length === 0) return [...messages];
  const user = reader === "node" ? null : reader.user;
  return read.withReactions(messages, revs, yield* all(read.REACTIONS, [no, one, last, user]), user);
}
