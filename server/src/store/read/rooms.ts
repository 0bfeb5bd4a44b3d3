import {
  directRoomUsers,
  type Fault,
  fault,
  LIMITS,
  type Member,
  type ReadList,
  type ReadState,
  type RoomEntry,
  type RoomId,
  type RoomStanding,
  type UserId,
} from "@parley/protocol";
import { may } from "../../core/access.ts";
import { bytesToId } from "../base/compact-id.ts";
import type { Row } from "../base/steps.ts";
import type { Reader } from "../store.ts";
import { all, first, firstOf, firstsOf, type Reads } from "./asks.ts";
import * as read from "./statements.ts";

/** The room, if the reader may preview it. */
export function* previewed(room: RoomId, reader: Reader): Reads<read.RoomRow | undefined> {
  const row = yield* first(read.ROOM, [reader === "node" ? "" : reader.user, room]);
  if (!row) return undefined;
  const seen = read.toRoom(row);
  return reader === "node" || may("preview", seen.kind, seen.role ?? "outsider") ? seen : undefined;
}

export function* room(id: RoomId, user: UserId): Reads<RoomEntry | Fault> {
  const seen = yield* previewed(id, { user });
  if (!seen) return fault("no_such_room");
  return (yield* entriesOf([seen], user))[0] as RoomEntry;
}

/** The room with the head of its feed and, for a member, how far the member has read. */
export function* standing(id: RoomId, user: UserId): Reads<RoomStanding | Fault> {
  const seen = yield* previewed(id, { user });
  if (!seen) return fault("no_such_room");
  const [entry] = yield* entriesOf([seen], user);
  const [head_id = null] = yield* idsAt([[seen.no, seen.head]]);
  const [state = null] = yield* readStates([seen], user);
  return { ...(entry as RoomEntry), head: seen.head, head_id, read: state };
}

export function* reads(id: RoomId, reader: Reader): Reads<ReadList["reads"] | Fault> {
  const seen = yield* previewed(id, reader);
  if (!seen || (reader !== "node" && seen.role === null))
    return fault(seen ? "not_a_member" : "no_such_room");
  const rows = (yield* all(read.READS, [seen.no, LIMITS.receipts])) as unknown as [UserId, number][];
  return rows.map(([user, seq]) => ({ user, seq }));
}

export function* members(id: RoomId, reader: Reader): Reads<Member[] | Fault> {
  const seen = yield* previewed(id, reader);
  if (!seen) return fault("no_such_room");
  return (yield* all(read.MEMBERS, [seen.no])).map(read.toMember);
}

/** The ids of events, by the numbers of their feeds and their seqs; null where there is none. */
export function* idsAt(places: readonly (readonly [no: number, seq: number])[]): Reads<(string | null)[]> {
  const asked = places.filter(([, seq]) => seq > 0);
  const found = yield* firstOf(read.ID_AT_SEQ, asked);
  let at = 0;
  return places.map(([, seq]) => {
    const id = seq > 0 ? found[at++]?.[0] : undefined;
    return id instanceof Uint8Array ? bytesToId(id) : null;
  });
}

/** Rooms as a list shows them, with the other user of a direct room. */
export function* entriesOf(rooms: readonly read.RoomRow[], user: UserId): Reads<RoomEntry[]> {
  const peers = rooms.map(({ kind, feed }) => (kind === "direct" ? peerOf(feed, user) : null));
  const asked = peers.filter((id) => id !== null);
  const found = yield* firstOf(
    read.USER_NAME,
    asked.map((id) => [id]),
  );
  let at = 0;
  return rooms.map((row, i) => {
    const id = peers[i] ?? null;
    const name = id === null ? undefined : (found[at++]?.[0] as string | undefined);
    return entryOf(row, id === null || name === undefined ? null : { id, name });
  });
}

export function entryOf(
  { feed, kind, name, topic, members, archived, role }: read.RoomRow,
  peer: RoomEntry["peer"],
): RoomEntry {
  return { id: feed, kind, name, topic, members, archived, role, peer };
}

export function peerOf(room: RoomId, user: UserId): UserId {
  const [one, other] = directRoomUsers(room);
  return one === user ? other : one;
}

/** The unread counts of a member in each room; null where the user is no member. */
export function* readStates(rooms: readonly read.RoomRow[], user: UserId): Reads<(ReadState | null)[]> {
  const unread = rooms.filter(({ readSeq, lastMessage }) => readSeq !== null && lastMessage > readSeq);
  const rows = unread.map(({ no, readSeq }): Row => [no, readSeq, user, LIMITS.unread]);
  const [counts = [], mentions = []] = yield* firstsOf([
    { sql: read.UNREAD, rows },
    { sql: read.MENTIONS, rows },
  ]);
  let at = 0;
  return rooms.map(({ readSeq, lastMessage }) => {
    if (readSeq === null) return null;
    if (lastMessage <= readSeq) return { seq: readSeq, unread: 0, mentions: 0 };
    const count = Number(counts[at]?.[0]);
    const named = Number(mentions[at++]?.[0]);
    return { seq: readSeq, unread: count, mentions: count === 0 ? 0 : named };
  });
}
