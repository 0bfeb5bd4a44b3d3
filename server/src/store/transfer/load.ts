import { type FeedEvent, nameKey } from "@parley/protocol";
import { skeleton } from "@parley/protocol/name-policy";
import { anyEvent } from "@parley/protocol/schemas";
import { fold, type Need } from "../../core/facts.ts";
import { idToBytes } from "../base/compact-id.ts";
import { writeNonceResult, writeTime } from "../base/nonce-result.ts";
import { change, find, type Row, type Steps, together, write } from "../base/steps.ts";
import { KnownAuthors, learnAuthors } from "../commit/authors.ts";
import { KnownFeeds, type OpenFeed } from "../commit/known-feeds.ts";
import { factLookups, lockFeeds } from "../commit/load-facts.ts";
import { NEW_NONCE } from "../commit/nonces.ts";
import { project } from "../commit/project.ts";
import type { EventLine, FeedLine, MemberLine, NonceLine, RoomLine, UserLine } from "./dump.ts";
import { NAMES_BEFORE } from "./lineage.ts";

const EVERYTHING = ["events", "rooms", "claims", "feeds", "users", "nonces", "authors"];
const NEW_USER =
  "INSERT INTO users (id, name, name_key, token_hash, created_at, rev, skeleton) VALUES ($1, $2, $3, $4, $5, $6, $7)";
const NEW_FEED =
  "INSERT INTO feeds (feed, last, floor, last_at, stamped, facts) VALUES ($1, $2, $2, 0, 0, $2)";
const NO_OF = "SELECT no FROM feeds WHERE feed = $1";
const DELETED_ROOM =
  "INSERT INTO rooms (room_no, kind, name, topic, owners, members, state) " +
  "VALUES ((SELECT no FROM feeds WHERE feed = $1), $2, NULL, '', 0, 0, 'deleted')";
const CLAIM = "INSERT INTO claims (space, key, feed) VALUES ('room_name', $1, $2)";
/** Rooms with the same skeleton may be older than the comparison of skeletons: the first one has the claim. */
const CLAIM_SKELETON =
  "INSERT INTO claims (space, key, feed) VALUES ('room_skeleton', $1, $2) ON CONFLICT DO NOTHING";
const READ =
  "UPDATE members SET read_seq = MAX(read_seq, $3) WHERE room_no = (SELECT no FROM feeds WHERE feed = $1) AND user_id = $2 AND role = $4";
/** Changes nothing where the feed has another end than the dump says. */
const END_FEED =
  "UPDATE feeds SET last_message = $3, stamped = $4 WHERE feed = $1 AND last = $2 AND last_at = $5";

/** Empties a store that was just created: the lobby is removed, too. */
export function* clear(): Steps<void> {
  for (const table of EVERYTHING) yield write(`DELETE FROM ${table}`, [[]]);
}

export function* loadUsers(lines: readonly UserLine[]): Steps<void> {
  yield write(
    NEW_USER,
    lines.map(({ id, name, name_key, token_hash, created_at, rev }) => [
      id,
      name,
      name_key,
      token_hash,
      created_at,
      rev,
      skeleton(name),
    ]),
  );
}

/** Feeds start at their floors; the events move them on. */
export function* loadFeeds(lines: readonly FeedLine[]): Steps<void> {
  yield write(
    NEW_FEED,
    lines.map(({ feed, floor }) => [feed, floor]),
  );
}

/** Claims of names, and the rows of rooms whose first events are not in the dump. */
export function* loadRooms(lines: readonly RoomLine[]): Steps<void> {
  const deleted = lines.filter(({ state }) => state === "deleted");
  if (deleted.length > 0)
    yield write(
      DELETED_ROOM,
      deleted.map(({ room, kind }) => [room, kind]),
    );
  const named = lines.filter(({ kind, state }) => kind === "public" && state !== "deleted");
  if (named.length === 0) return;
  yield write(
    CLAIM,
    named.map(({ room, name }) => [nameKey(name ?? ""), room]),
  );
  yield write(
    CLAIM_SKELETON,
    named.map(({ room, name }) => [skeleton(name ?? ""), room]),
  );
}

/** Checks a line of events. @throws an error that says what is wrong. */
export function toEvent({ feed: _, body, ...head }: EventLine): FeedEvent {
  const found = anyEvent.safeParse({ ...body, ...head });
  if (found.success) return found.data;
  const [issue] = found.error.issues;
  throw new Error(`${issue?.path.join(".") || "event"}: ${issue?.message}`);
}

/**
 * Appends events as they were, and projects them as a commit does. `from` is the row of the first; the others follow in the
 * order of the lines.
 *
 * @throws where a feed has a hole.
 */
export function* loadEvents(lines: readonly EventLine[], from: number): Steps<void> {
  const events = lines.map(toEvent);
  const members = new Map<string, Set<string>>();
  for (const [i, { feed }] of lines.entries()) {
    const users = members.get(feed) ?? new Set();
    members.set(feed, users);
    const event = events[i] as FeedEvent;
    if (event.kind === "member_joined" || event.kind === "member_left" || event.kind === "role_changed")
      users.add(event.user);
  }
  const needs: Need[] = [...members].map(([feed, users]) => ({ feed, members: [...users] }));
  const locked = yield* lockFeeds([needs], new KnownFeeds(false));
  yield* together(factLookups([needs], locked));
  const open = locked.feeds;
  const rows = new Map<OpenFeed, number[]>();
  for (const [i, { feed, body }] of lines.entries()) {
    const event = events[i] as FeedEvent;
    const known = open.get(feed) as OpenFeed;
    if (known.no === 0) throw new Error(`${feed}: there is no such feed`);
    fold(known.facts, event);
    known.lastAt = event.at;
    known.events.push({ event, body: JSON.stringify(body), nonce: idToBytes(event.nonce) });
    const own = rows.get(known);
    if (own) own.push(from + i);
    else rows.set(known, [from + i]);
  }
  // The projection asks for rows feed by feed.
  const grown = [...rows.keys()];
  const wanted = [...rows.values()].flat();
  let next = 0;
  yield* project(grown, { now: () => 0, newRow: () => wanted[next++] as number });
}

/** The read positions of all members. @throws where the events made the user no member. */
export function* loadReads(lines: readonly MemberLine[]): Steps<void> {
  yield change(
    READ,
    lines.map(({ room, user, role, read_seq }) => [room, user, read_seq, role]),
  );
}

export function* loadNonces(lines: readonly NonceLine[]): Steps<void> {
  const feeds = [...new Set(lines.flatMap(({ placed }) => placed.map(({ feed }) => feed)))];
  const found =
    feeds.length === 0
      ? []
      : yield find(
          NO_OF,
          feeds.map((feed) => [feed]),
        );
  const numbers = new Map(feeds.map((feed, i) => [feed, found[i]?.[0] as number | undefined]));
  const numberOf = (feed: string) => {
    const no = numbers.get(feed);
    if (no === undefined) throw new Error(`${feed}: there is no such feed`);
    return no;
  };
  const authors = new Map<string, number>();
  const named = lines.map(({ author }) => author);
  if (!(yield* learnAuthors(named, new KnownAuthors(), authors)))
    throw new Error("another writer is at work on this store");
  yield write(
    NEW_NONCE,
    lines.map(
      ({ nonce, author, digest, at, placed }): Row => [
        idToBytes(nonce),
        authors.get(author) as number,
        digest,
        writeTime(at, placed),
        writeNonceResult(placed, numberOf),
      ],
    ),
  );
}

/** After all events: checks that each feed ends where it did, and drops the queue of purges. */
export function* endFeeds(lines: readonly FeedLine[]): Steps<void> {
  yield change(
    END_FEED,
    lines.map(({ feed, last, last_message, stamped, last_at }) => [
      feed,
      last,
      last_message,
      stamped,
      last_at,
    ]),
  );
}

export function* settle(epoch: string, readBefore: string | undefined): Steps<void> {
  // A purge would remove only what an export leaves out.
  yield write("DELETE FROM purges", [[]]);
  yield write("UPDATE meta SET value = $1 WHERE key = 'epoch'", [[epoch]]);
  yield write(NAMES_BEFORE, [[]]);
  if (readBefore !== undefined)
    yield write("INSERT INTO meta (key, value) VALUES ('read_before', $1) ON CONFLICT DO NOTHING", [
      [readBefore],
    ]);
}
