import { type FeedId, isUserFeed, type Role, type RoomKind, userOfFeed } from "@parley/protocol";
import { emptyFacts, type FeedFacts, type Need, type RoomState } from "../../core/facts.ts";
import { mostEvents } from "../../core/rule.ts";
import { type FoundRows, find, type Lookup, lock, type Row, type Steps, together } from "../base/steps.ts";
import type { KnownFeeds, OpenFeed } from "./known-feeds.ts";

const FEED = "SELECT no, last, last_at, facts FROM feeds WHERE feed = $1";
export const NEW_FEED =
  "INSERT INTO feeds (feed, last, floor, last_at, stamped) VALUES ($1, 0, 0, 0, 0) ON CONFLICT DO NOTHING RETURNING no";
const ROOM_FACT = "SELECT kind, name, topic, owners, state, members FROM rooms WHERE room_no = $1";
const USER_FACT = "SELECT id, name FROM users WHERE id = $1";
const MEMBER_FACT = "SELECT role FROM members WHERE room_no = $1 AND user_id = $2";
const READ_FACT =
  "SELECT m.read_seq FROM members m JOIN feeds f ON f.no = m.room_no WHERE f.feed = $1 AND m.user_id = $2";
/** Events of a private feed in which a departure is looked for: an invitation is rare and may cost a few milliseconds. */
const DEPARTURE_WINDOW = 2_000;
const DEPARTURE_FACT =
  "SELECT r.actor, r.at, (SELECT a.actor FROM events a WHERE a.feed_no = $1 AND a.seq > $2 AND a.message = 0 " +
  "AND a.kind = 'room_added' AND a.body LIKE $3 ORDER BY a.seq DESC LIMIT 1) " +
  "FROM events r WHERE r.feed_no = $1 AND r.seq > $2 AND r.message = 0 " +
  "AND r.kind = 'room_removed' AND r.body LIKE $3 ORDER BY r.seq DESC LIMIT 1";

/** The feeds of a batch, locked. `outdated` are those of which nothing is known yet. */
export type LockedFeeds = {
  readonly feeds: Map<FeedId, OpenFeed>;
  readonly outdated: readonly OpenFeed[];
};

/**
 * Locks the feeds that the rules named, in the order of their ids so that two batches never wait for each other. Feeds that no
 * rule wants locked are read behind that, in the same list: what the locks keep from changing is read as it is then.
 */
export function* lockFeeds(needs: readonly (readonly Need[])[], known: KnownFeeds): Steps<LockedFeeds> {
  const feeds = new Map<FeedId, OpenFeed>();
  const outdated: OpenFeed[] = [];
  const asked = new Set<FeedId>();
  const unlocked = new Set<FeedId>();
  for (const each of needs) {
    for (const need of each) {
      const { feed } = need;
      if (!feeds.has(feed)) {
        const kept = known.take(feed);
        feeds.set(feed, kept ?? unknown(feed));
        if (kept && known.sole) continue;
        (need.unlocked ? unlocked : asked).add(feed);
      } else if (unlocked.size > 0 && !need.unlocked && unlocked.delete(feed)) {
        asked.add(feed);
      }
    }
  }
  const take = (order: readonly FeedId[]) => (found: FoundRows) => {
    for (const [i, feed] of order.entries()) {
      const stale = opened(feeds, feed, found[i]);
      if (stale) outdated.push(stale);
    }
  };
  const row = (feed: FeedId): Row => [feed];
  const order = [...asked].sort();
  const beside = [...unlocked];
  const lookups: Lookup[] = [];
  if (order.length > 0) {
    const events = needs.reduce((sum, each) => sum + mostEvents(each), 0);
    lookups.push({ step: lock(FEED, order.map(row), events), take: take(order) });
  }
  if (beside.length > 0) lookups.push({ step: find(FEED, beside.map(row)), take: take(beside) });
  yield* together(lookups);
  return { feeds, outdated };
}

/** Brings a feed up to its row. Returns it when nothing is known of it. */
function opened(feeds: Map<FeedId, OpenFeed>, feed: FeedId, row: Row | undefined): OpenFeed | null {
  if (!row) {
    feeds.set(feed, unknown(feed));
    return null;
  }
  const [no, last, lastAt, version] = row as [number, number, number, number];
  const known = feeds.get(feed) as OpenFeed;
  if (known.no === no && known.facts.version === version) {
    known.facts.last = last;
    known.lastAt = lastAt;
    return null;
  }
  const fresh = { no, lastAt, facts: { ...emptyFacts(feed), last, version }, events: [] };
  feeds.set(feed, fresh);
  return fresh;
}

function unknown(feed: FeedId): OpenFeed {
  return { no: 0, lastAt: 0, facts: emptyFacts(feed), events: [] };
}

/**
 * Numbers the feeds that have no row yet, in the order of their ids so that two batches never wait for each other. `lost` is
 * called when another writer made one since they were locked: a feed that is not there cannot be locked.
 */
export function makeFeeds(grown: readonly OpenFeed[], lost: () => void): Lookup[] {
  const fresh = grown.filter(({ no }) => no === 0);
  if (fresh.length === 0) return [];
  fresh.sort((one, other) => (one.facts.feed < other.facts.feed ? -1 : 1));
  return [
    {
      step: find(
        NEW_FEED,
        fresh.map(({ facts }): Row => [facts.feed]),
      ),
      take(found) {
        for (const [i, open] of fresh.entries()) {
          const no = found[i]?.[0];
          if (typeof no === "number") open.no = no;
          else lost();
        }
      },
    },
  ];
}

/** What the rules ask for and is not known yet, but for messages: independent of each other. */
export function factLookups(needs: readonly (readonly Need[])[], { feeds, outdated }: LockedFeeds): Lookup[] {
  return [
    ...rooms(outdated.filter(({ facts }) => !isUserFeed(facts.feed))),
    ...users(outdated.filter(({ facts }) => isUserFeed(facts.feed))),
    ...members(needs, feeds),
    ...reads(needs, feeds),
    ...departures(needs, feeds),
  ];
}

function lookup(sql: string, rows: readonly Row[], take: (row: Row, index: number) => void): Lookup[] {
  if (rows.length === 0) return [];
  return [
    {
      step: find(sql, rows),
      take(found) {
        for (const [i, row] of found.entries()) if (row) take(row, i);
      },
    },
  ];
}

function rooms(outdated: readonly OpenFeed[]): Lookup[] {
  const rows = outdated.map(({ no }): Row => [no]);
  return lookup(ROOM_FACT, rows, (row, i) => {
    type Values = [RoomKind, string | null, string, number, RoomState, number];
    const [kind, name, topic, owners, state, count] = row as Values;
    (outdated[i] as OpenFeed).facts.room = { kind, name, topic, owners, members: count, state };
  });
}

function users(outdated: readonly OpenFeed[]): Lookup[] {
  const rows = outdated.map(({ facts }): Row => [userOfFeed(facts.feed)]);
  return lookup(USER_FACT, rows, (row, i) => {
    const [id, name] = row as [string, string];
    (outdated[i] as OpenFeed).facts.user = { id, name };
  });
}

function members(needs: readonly (readonly Need[])[], open: ReadonlyMap<FeedId, OpenFeed>): Lookup[] {
  const rows: Row[] = [];
  const into: [FeedFacts, string][] = [];
  for (const each of needs) {
    for (const need of each) {
      if (!need.members) continue;
      const { no, facts } = open.get(need.feed) as OpenFeed;
      for (const user of need.members) {
        if (facts.members.has(user)) continue;
        facts.members.set(user, null);
        if (no === 0) continue;
        rows.push([no, user]);
        into.push([facts, user]);
      }
    }
  }
  return lookup(MEMBER_FACT, rows, (row, i) => {
    const [facts, user] = into[i] as [FeedFacts, string];
    facts.members.set(user, row[0] as Role);
  });
}

function reads(needs: readonly (readonly Need[])[], open: ReadonlyMap<FeedId, OpenFeed>): Lookup[] {
  const rows: Row[] = [];
  const into: [FeedFacts, string][] = [];
  for (const each of needs) {
    for (const need of each) {
      if (!need.reads) continue;
      const { facts } = open.get(need.feed) as OpenFeed;
      for (const room of need.reads) {
        if (facts.reads.has(room)) continue;
        facts.reads.set(room, null);
        rows.push([room, userOfFeed(need.feed)]);
        into.push([facts, room]);
      }
    }
  }
  return lookup(READ_FACT, rows, (row, i) => {
    const [facts, room] = into[i] as [FeedFacts, string];
    facts.reads.set(room, row[0] as number);
  });
}

/** From the private feed itself: it holds who added the user to the room, and who removed the user from it. */
function departures(needs: readonly (readonly Need[])[], open: ReadonlyMap<FeedId, OpenFeed>): Lookup[] {
  const rows: Row[] = [];
  const into: [FeedFacts, string][] = [];
  for (const each of needs) {
    for (const need of each) {
      if (!need.departures) continue;
      const { no, facts } = open.get(need.feed) as OpenFeed;
      for (const room of need.departures) {
        if (facts.departures.has(room)) continue;
        facts.departures.set(room, null);
        if (no === 0) continue;
        // Ids of rooms have no characters with a meaning for LIKE.
        rows.push([no, facts.last - DEPARTURE_WINDOW, `%"room":"${room}"%`]);
        into.push([facts, room]);
      }
    }
  }
  return lookup(DEPARTURE_FACT, rows, (row, i) => {
    const [facts, room] = into[i] as [FeedFacts, string];
    const [actor, at, inviter] = row as [string, number, string | null];
    facts.departures.set(room, { inviter, leftAt: actor === userOfFeed(facts.feed) ? at : null });
  });
}
