import { type FeedId, isUserFeed, type Role, type RoomKind, userOfFeed } from "@parley/protocol";
import { emptyFacts, type FeedFacts, type Need, type RoomState } from "../../core/facts.ts";
import { find, type Row, type Steps } from "../base/steps.ts";
import type { KnownFeeds, OpenFeed } from "./known-feeds.ts";

const LOCK_FEED = "SELECT no, last, last_at FROM feeds WHERE feed = $1";
const ROOM_FACT = "SELECT kind, name, topic, owners, state, members FROM rooms WHERE room_no = $1";
const USER_FACT = "SELECT id, name FROM users WHERE id = $1";
const MEMBER_FACT = "SELECT role FROM members WHERE room_no = $1 AND user_id = $2";
const READ_FACT =
  "SELECT m.read_seq FROM members m JOIN feeds f ON f.no = m.room_no WHERE f.feed = $1 AND m.user_id = $2";

/**
 * Locks the feeds that the rules named, in the order of their ids so that two batches never wait for each other, and
 * brings their rooms and users up to where the feeds stand.
 */
export function* openFeeds(
  needs: readonly (readonly Need[])[],
  known: KnownFeeds,
): Steps<Map<FeedId, OpenFeed>> {
  const open = new Map<FeedId, OpenFeed>();
  const asked: FeedId[] = [];
  for (const each of needs) {
    for (const { feed } of each) {
      if (open.has(feed)) continue;
      const kept = known.get(feed);
      open.set(feed, kept ?? unknown(feed));
      if (!(kept && known.sole)) asked.push(feed);
    }
  }
  if (asked.length === 0) return open;
  asked.sort();
  const found = yield find(
    LOCK_FEED,
    asked.map((feed) => [feed]),
  );
  const rooms: OpenFeed[] = [];
  const users: OpenFeed[] = [];
  for (const [i, feed] of asked.entries()) {
    const row = found[i];
    if (!row) {
      open.set(feed, unknown(feed));
      continue;
    }
    const [no, last, lastAt] = row as [number, number, number];
    let each = open.get(feed) as OpenFeed;
    if (each.no === no && each.facts.last === last) continue;
    each = { no, lastAt, facts: { ...emptyFacts(feed), last }, events: [] };
    open.set(feed, each);
    (isUserFeed(feed) ? users : rooms).push(each);
  }
  yield* loadRooms(rooms);
  yield* loadUsers(users);
  return open;
}

function unknown(feed: FeedId): OpenFeed {
  return { no: 0, lastAt: 0, facts: emptyFacts(feed), events: [] };
}

function* loadRooms(rooms: readonly OpenFeed[]): Steps<void> {
  if (rooms.length === 0) return;
  const found = yield find(
    ROOM_FACT,
    rooms.map(({ no }) => [no]),
  );
  for (const [i, { facts }] of rooms.entries()) {
    const row = found[i];
    if (!row) continue;
    const [kind, name, topic, owners, state, members] = row as [
      RoomKind,
      string | null,
      string,
      number,
      RoomState,
      number,
    ];
    facts.room = { kind, name, topic, owners, members, state };
  }
}

function* loadUsers(users: readonly OpenFeed[]): Steps<void> {
  if (users.length === 0) return;
  const found = yield find(
    USER_FACT,
    users.map(({ facts }) => [userOfFeed(facts.feed)]),
  );
  for (const [i, { facts }] of users.entries()) {
    const [id, name] = (found[i] ?? []) as [string?, string?];
    if (id !== undefined && name !== undefined) facts.user = { id, name };
  }
}

/** Loads the members that the rules ask for and that are not known yet. */
export function* loadMembers(
  needs: readonly (readonly Need[])[],
  open: ReadonlyMap<FeedId, OpenFeed>,
): Steps<void> {
  const rows: Row[] = [];
  const into: [FeedFacts, string][] = [];
  for (const each of needs) {
    for (const { feed, members } of each) {
      if (!members) continue;
      const { no, facts } = open.get(feed) as OpenFeed;
      for (const user of members) {
        if (facts.members.has(user)) continue;
        facts.members.set(user, null);
        if (no === 0) continue;
        rows.push([no, user]);
        into.push([facts, user]);
      }
    }
  }
  if (rows.length === 0) return;
  const found = yield find(MEMBER_FACT, rows);
  for (const [i, [facts, user]] of into.entries()) {
    const row = found[i];
    if (row) facts.members.set(user, row[0] as Role);
  }
}

/** Loads the read positions that the rules ask for and that are not known yet. */
export function* loadReads(
  needs: readonly (readonly Need[])[],
  open: ReadonlyMap<FeedId, OpenFeed>,
): Steps<void> {
  const rows: Row[] = [];
  const into: [FeedFacts, string][] = [];
  for (const each of needs) {
    for (const { feed, reads } of each) {
      if (!reads) continue;
      const { facts } = open.get(feed) as OpenFeed;
      for (const room of reads) {
        if (facts.reads.has(room)) continue;
        facts.reads.set(room, null);
        rows.push([room, userOfFeed(feed)]);
        into.push([facts, room]);
      }
    }
  }
  if (rows.length === 0) return;
  const found = yield find(READ_FACT, rows);
  for (const [i, [facts, room]] of into.entries()) {
    const row = found[i];
    if (row) facts.reads.set(room, row[0] as number);
  }
}
