import { type FeedId, isUserFeed, type Role, type RoomKind, userOfFeed } from "@parley/protocol";
import type { Command } from "../../core/command.ts";
import {
  emptyFacts,
  type FeedFacts,
  findMessage,
  type MessageFact,
  type MessageNeed,
  type Need,
  nonceKey,
  type RoomState,
  reactionOf,
} from "../../core/facts.ts";
import { bytesToId, idToBytes } from "../base/compact-id.ts";
import { readNonceResult } from "../base/nonce-result.ts";
import { find, type Row, type Steps } from "../base/steps.ts";
import type { KnownFeeds, OpenFeed } from "./known-feeds.ts";
import { FIND_NONCE } from "./nonces.ts";

const LOCK_FEED = "SELECT no, last, last_at FROM feeds WHERE feed = $1";
const ROOM_FACT = "SELECT kind, name, topic, owners, state, members FROM rooms WHERE room_no = $1";
const USER_FACT = "SELECT id, name FROM users WHERE id = $1";
const MEMBER_FACT = "SELECT role FROM members WHERE room_no = $1 AND user_id = $2";
const MESSAGE_BY_ID =
  "SELECT e.seq, e.actor, a.deleted FROM events e LEFT JOIN amendments a ON a.room_no = e.feed_no AND a.seq = e.seq " +
  "WHERE e.id = $1 AND e.message = 1 AND e.feed_no = $2";
const MESSAGE_BY_SEQ =
  "SELECT e.id, e.actor, a.deleted FROM events e LEFT JOIN amendments a ON a.room_no = e.feed_no AND a.seq = e.seq " +
  "WHERE e.feed_no = $1 AND e.seq = $2 AND e.message = 1";
/** How many kinds of reactions a message has, how many of one kind, and whether one user is among them. */
const REACTION_FACT =
  "SELECT (SELECT COUNT(DISTINCT emoji) FROM reactions WHERE room_no = $1 AND seq = $2), " +
  "(SELECT COUNT(*) FROM reactions WHERE room_no = $1 AND seq = $2 AND emoji = $3), " +
  "(SELECT COUNT(*) FROM reactions WHERE room_no = $1 AND seq = $2 AND emoji = $3 AND user_id = $4)";
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

type MessageLookup = { readonly no: number; readonly facts: FeedFacts; readonly need: MessageNeed };

/** Loads the messages that commands name, by id or by the nonce of an own command. `skip` are those that had their answer. */
export function* loadMessages(
  commands: readonly Command[],
  needs: readonly (readonly Need[])[],
  skip: (index: number) => boolean,
  open: ReadonlyMap<FeedId, OpenFeed>,
): Steps<void> {
  const sought: MessageLookup[] = [];
  for (let i = 0; i < commands.length; i++) {
    if (skip(i)) continue;
    for (const { feed, messages } of needs[i] as readonly Need[]) {
      if (!messages) continue;
      const { no, facts } = open.get(feed) as OpenFeed;
      if (no > 0) for (const need of messages) sought.push({ no, facts, need });
    }
  }
  if (sought.length === 0) return;
  const byId = yield find(
    MESSAGE_BY_ID,
    sought.map(({ no, need }) => [idToBytes(need.ref), no]),
  );
  const rest: MessageLookup[] = [];
  for (const [i, each] of sought.entries()) {
    const row = byId[i];
    if (!row) {
      rest.push(each);
      continue;
    }
    const [seq, author, deleted] = row as [number, string, number | null];
    keep(each.facts, each.need.ref, seq, author, deleted);
  }
  if (rest.length > 0) yield* loadByNonce(rest);
  const reacted = sought.filter(({ need }) => need.emoji !== undefined);
  if (reacted.length > 0) yield* loadReactions(reacted);
}

function* loadReactions(sought: readonly MessageLookup[]): Steps<void> {
  const rows: Row[] = [];
  const into: [MessageFact, string, string][] = [];
  for (const { no, facts, need } of sought) {
    const message = findMessage(facts, need);
    if (!message || need.emoji === undefined) continue;
    rows.push([no, message.seq, need.emoji, need.actor]);
    into.push([message, need.emoji, need.actor]);
  }
  if (rows.length === 0) return;
  const found = yield find(REACTION_FACT, rows);
  for (const [i, [message, emoji, actor]] of into.entries()) {
    const [kinds, count, own] = found[i] as unknown as [number, number, number];
    message.reactions ??= { kinds, byEmoji: new Map() };
    const fact = reactionOf(message.reactions, emoji);
    fact.count = count;
    fact.users.set(actor, own > 0);
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

function* loadByNonce(sought: readonly MessageLookup[]): Steps<void> {
  const answers = yield find(
    FIND_NONCE,
    sought.map(({ need }) => [idToBytes(need.ref), idToBytes(need.actor)]),
  );
  const rows: Row[] = [];
  const into: MessageLookup[] = [];
  for (const [i, each] of sought.entries()) {
    const row = answers[i];
    const first = row && readNonceResult(row[2] as Uint8Array).find(({ no }) => no === each.no);
    if (!first) continue;
    rows.push([first.no, first.seq]);
    into.push(each);
  }
  if (rows.length === 0) return;
  const found = yield find(MESSAGE_BY_SEQ, rows);
  for (const [i, { facts, need }] of into.entries()) {
    const row = found[i];
    if (!row) continue;
    const [id, author, deleted] = row as [Uint8Array, string, number | null];
    const message = keep(facts, bytesToId(id), rows[i]?.[1] as number, author, deleted);
    facts.messages.set(nonceKey(need.actor, need.ref), message);
  }
}

/** One message is one object, by whatever name it was asked for: `fold` changes it under its id. */
function keep(facts: FeedFacts, id: string, seq: number, author: string, deleted: number | null) {
  const message = facts.messages.get(id) ?? { id, seq, author, deleted: deleted === 1, reactions: null };
  facts.messages.set(id, message);
  return message;
}
