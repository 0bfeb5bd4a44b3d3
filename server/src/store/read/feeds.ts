import {
  type Fault,
  type FeedId,
  fault,
  isUserFeed,
  type UserId,
  userFeed,
  type WireEvent,
} from "@parley/protocol";
import { bytesToId } from "../base/compact-id.ts";
import { EventTaker } from "../base/event-text.ts";
import type { Row } from "../base/steps.ts";
import type { FeedAccess, FeedEntry, Head, Position, Reader } from "../store.ts";
import { all, first, firstOf, firstsOf, type Reads, take } from "./asks.ts";
import { entriesOf, idsAt, readStates } from "./rooms.ts";
import * as read from "./statements.ts";

export function* after(feed: FeedId, seq: number, limit: number, reader: Reader): Reads<WireEvent[] | Fault> {
  const row = yield* first(read.FEED, [feed]);
  if (!row) return fault("no_such_room");
  const [no, , floor] = row as [number, number, number];
  if (reader !== "node" && !(yield* receives(feed, no, reader.user))) return fault("no_such_room");
  const events = new EventTaker();
  yield* take(read.EVENTS_AFTER, [no, Math.max(seq, floor), limit], (found) => events.take(found));
  return events.taken;
}

/** Whether the reader receives the events of a feed: as a member of the room, or as the owner of the private feed. */
function* receives(feed: FeedId, no: number, user: UserId): Reads<boolean> {
  if (isUserFeed(feed)) return feed === userFeed(user);
  return (yield* first(read.ROLE, [no, user])) !== undefined;
}

export function* heads(feeds: readonly FeedId[]): Reads<Map<FeedId, Head>> {
  const rows = yield* firstOf(
    read.HEAD,
    feeds.map((feed) => [feed]),
  );
  const there = feeds.flatMap((feed, i) => {
    const [no, seq] = (rows[i] ?? []) as [number?, number?];
    return no === undefined || seq === undefined ? [] : [{ feed, no, seq }];
  });
  const ids = yield* idsAt(there.map(({ no, seq }) => [no, seq]));
  return new Map(there.map(({ feed, seq }, i) => [feed, { seq, id: ids[i] ?? null }]));
}

/** The access of a user to each feed, in the order of the positions. */
export function* feedAccess(user: UserId, positions: readonly Position[]): Reads<FeedAccess[]> {
  const own = userFeed(user);
  const isOwn = positions.map(({ feed }) => feed === own);
  const inRooms = positions.filter(({ feed }) => !isUserFeed(feed));
  const [roomRows = [], ownRows = []] = yield* firstsOf([
    { sql: read.ROOM_AND_HEAD, rows: inRooms.map(({ feed }): Row => [user, feed]) },
    { sql: read.FEED_AND_ID, rows: isOwn.includes(true) ? [[own]] : [] },
  ]);
  const rooms = roomRows.map((row) => {
    const room = row && read.toRoom(row);
    return room && room.role !== null ? room : undefined;
  });
  const entries = yield* entriesOf(
    rooms.filter((room) => room !== undefined),
    user,
  );
  let roomAt = 0;
  let entryAt = 0;
  const found = positions.map(({ feed, seq }, i) => {
    if (isOwn[i]) return ownRows[0] ? { seq, ...ownFeed(ownRows[0]), room: null } : null;
    const room = isUserFeed(feed) ? undefined : rooms[roomAt++];
    if (!room) return null;
    const { no, head, headId, floor } = room;
    return { seq, no, head, headId, floor, room: entries[entryAt++] ?? null };
  });
  // Most cursors are at the head.
  const behind = found.filter((each) => each !== null).filter(({ head, seq }) => seq !== head);
  const ids = yield* idsAt(behind.map(({ no, seq }) => [no, seq]));
  let at = 0;
  return found.map((each, i): FeedAccess => {
    const feed = positions[i]?.feed as FeedId;
    if (!each)
      return { feed, entitled: false, head: 0, head_id: null, floor: 0, id_at_seq: null, room: null };
    const { head, headId: head_id, floor, room, seq } = each;
    const id_at_seq = seq === head ? head_id : (ids[at++] ?? null);
    return { feed, entitled: true, head, head_id, floor, id_at_seq, room };
  });
}

/** A row of FEED_AND_ID. */
function ownFeed(row: Row): { no: number; head: number; floor: number; headId: string | null } {
  const [no, head, floor, id] = row as [number, number, number, Uint8Array | null];
  return { no, head, floor, headId: id && bytesToId(id) };
}

/** The user's private feed and the rooms the user is in, in order of their ids. */
export function* feedsOf(user: UserId): Reads<FeedEntry[]> {
  const rooms = (yield* all(read.ROOMS_AND_HEADS, [user])).map(read.toRoom);
  const feed = userFeed(user);
  const own = yield* first(read.FEED_AND_ID, [feed]);
  const listed = yield* entriesOf(rooms, user);
  const states = yield* readStates(rooms, user);
  const entries = rooms.map(({ feed, head, headId, floor }, i): FeedEntry => {
    const entry = { feed, head, head_id: headId, floor, room: listed[i] ?? null };
    const state = states[i];
    return state ? { ...entry, read: state } : entry;
  });
  if (!own) return entries;
  const { head, headId, floor } = ownFeed(own);
  return [...entries, { feed, head, head_id: headId, floor, room: null }];
}
