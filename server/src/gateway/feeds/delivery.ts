import { type FeedId, fromWire, LIMITS, MEMBERS_JOINED, type UserId, type WireEvent } from "@parley/protocol";
import { eventsFrame, eventsText, joinedTopic, nativeTopic } from "../wire/codec.ts";

/**
 * In rooms of more members joinings are published together, and one item stands for a run of them where the client
 * accepts that: one frame, or 300 bytes, to each of N members for each of N newcomers is their square.
 */
export const LARGE_ROOM = LIMITS.presence_list;

/**
 * In a large room joinings are published together, with the next event of another kind, which never waits, or when this
 * time has passed. A joining is a write to each member: they are at most JOIN_WRITES a second, and for that the
 * joinings of a room of more than so many members wait longer. Milliseconds.
 */
const JOINS_EVERY = 1_000;
const JOINS_EVERY_AT_MOST = 5_000;
const JOIN_WRITES = 4_000;
/** So many may wait: 300 KB, which a client that gets each event can still read before it counts as slow. */
export const MOST_JOINS_WAITING = 1_000;
/** The same while all clients of this node get runs: 1.5 MB of memory. */
export const MOST_JOINS_COUNTED = 5_000;

/** The shortest time between two frames with joinings of this room. Milliseconds. */
export function joinsInterval({ members }: Sized): number {
  const share = ((members ?? 0) / JOIN_WRITES) * 1_000;
  return Math.min(JOINS_EVERY_AT_MOST, Math.max(JOINS_EVERY, share));
}

/** How many members a room has, as far as the node knows. */
type Sized = { readonly feed: FeedId; readonly members: number | null };

export function isLarge({ members }: Sized): boolean {
  return members !== null && members > LARGE_ROOM;
}

/** How the events of feeds are put into frames for one session. */
export interface Delivery {
  /** The topic of a live feed's frames. */
  topic(feed: FeedId): string;
  /** The frame of a replay, or of an answer. */
  frame(feed: Sized, events: readonly WireEvent[]): string;
}

/** Each event as it is stored. */
export const everyEvent: Delivery = {
  topic: nativeTopic,
  frame: ({ feed }, events) => eventsFrame(feed, events),
};

/** Runs of joinings in large rooms as one item (SPEC EV-11); what names the reader stays an event of its own. */
export function joinedTogether(reader: UserId): Delivery {
  return {
    topic: joinedTopic,
    frame: (feed, events) =>
      isLarge(feed) ? joinedFrame(feed.feed, events, reader) : eventsFrame(feed.feed, events),
  };
}

/** The frame with runs of two or more joinings as one item each. Those that contain the id of `reader` stay whole. */
export function joinedFrame(
  feed: FeedId,
  events: readonly WireEvent[],
  reader: UserId | null = null,
): string {
  const items: string[] = [];
  let run: WireEvent[] = [];
  const finish = () => {
    const [first] = run;
    const last = run.at(-1);
    if (first && last) items.push(run.length === 1 ? first.text : joinedItem(first, last));
    run = [];
  };
  for (const event of events) {
    const joins = event.kind === "member_joined" && (reader === null || !event.text.includes(reader));
    if (joins) run.push(event);
    else {
      finish();
      items.push(event.text);
    }
  }
  finish();
  return eventsText(feed, items);
}

function joinedItem(first: WireEvent, last: WireEvent): string {
  const { at } = fromWire(last);
  return `{"seq":${last.seq},"id":"${last.id}","kind":"${MEMBERS_JOINED}","from":${first.seq},"at":${at}}`;
}
