import type { FeedEvent, FeedItem } from "./events.ts";

/** The name by which a client accepts `members_joined` in its hello (SPEC HS-12). */
export const MEMBERS_JOINED = "members_joined";

/** The seq of the first event that an item of an `events` frame contains; `seq` is that of the last. */
export function firstSeq(item: FeedItem): number {
  return item.kind === MEMBERS_JOINED ? item.from : item.seq;
}

/** The part of an item above `seq`; null where nothing of it is above. */
export function itemAbove(item: FeedItem, seq: number): FeedItem | null {
  if (item.seq <= seq) return null;
  return item.kind === MEMBERS_JOINED && item.from <= seq ? { ...item, from: seq + 1 } : item;
}

/** Whether the item is an event of its own. */
export function isEvent(item: FeedItem): item is FeedEvent {
  return item.kind !== MEMBERS_JOINED;
}
