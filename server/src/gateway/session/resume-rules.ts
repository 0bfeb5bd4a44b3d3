import {
  type FeedId,
  type FeedState,
  fromWire,
  LIMITS,
  type ServerFrames,
  type UserId,
  type WireEvent,
} from "@parley/protocol";
import type { FeedAccess, Position } from "../../store/store.ts";
import { type FollowedFeed, memberChange } from "../feeds/followed-feed.ts";

/** Where a client wants to begin: after a cursor, after an event that the server itself names, or from now on. */
export type Start =
  | { readonly feed: FeedId; readonly from: "cursor"; readonly seq: number; readonly id: string }
  | { readonly feed: FeedId; readonly from: "join"; readonly seq: number }
  | { readonly feed: FeedId; readonly from: "now" };

/** How a session listens to a feed. While `replaying` it is not subscribed: topic frames would overtake the replay. */
export type Link =
  | {
      readonly state: "live";
      readonly followed: FollowedFeed;
      /** The joining that the client was sent as the head. This node may publish it later: it came by another feed. */
      readonly joinedAt?: Pick<FeedState, "head" | "head_id">;
    }
  | { readonly state: "replaying"; readonly followed: FollowedFeed; cursor: number };

export type Replaying = Extract<Link, { state: "replaying" }>;

/** An `after` frame that has no answer yet. */
export type Question = { readonly feed: FeedId; readonly seq: number; readonly limit: number };

export type ResetWhy = ServerFrames["reset"]["why"];

export function position(start: Start): Position {
  return start.from === "cursor"
    ? { feed: start.feed, seq: start.seq, id: start.id }
    : { feed: start.feed, seq: start.from === "join" ? start.seq : 0, id: "" };
}

export function gone(feed: FeedId): FeedState {
  return { feed, state: "gone", head: 0, head_id: null, floor: 0, room: null };
}

/**
 * Where the events of a feed that continues from `start` end for the client. `live` says that everything above its head
 * follows, so for a room just joined the head is the join itself.
 */
export function endOf(
  start: Exclude<Start, { from: "now" }>,
  access: FeedAccess,
  followed: FollowedFeed,
): Pick<FeedState, "head" | "head_id"> {
  if (start.from === "join")
    return { head: start.seq, head_id: access.id_at_seq ?? followed.idAt(start.seq) };
  return start.seq > followed.published
    ? { head: start.seq, head_id: start.id }
    : { head: followed.published, head_id: followed.publishedId };
}

/**
 * The state of a feed that begins now. Its head is never below the joining that the client was sent as the head before:
 * the client would take a lower one for another lineage.
 */
export function liveNow(
  { feed, floor, room }: FeedAccess,
  followed: FollowedFeed,
  before: Link | undefined,
): FeedState {
  const joined = before?.state === "live" ? before.joinedAt : undefined;
  const published = { head: followed.published, head_id: followed.publishedId };
  const end = joined !== undefined && joined.head > published.head ? joined : published;
  return { feed, state: "live", ...end, floor, room: roomAt(room, followed, end.head) };
}

/**
 * The room with the number of members as of `head`: from there on the client counts itself, and the snapshot is of another
 * moment, above it where joinings wait to be published.
 */
export function roomAt<Room extends FeedState["room"]>(
  room: Room,
  followed: FollowedFeed,
  head: number,
): Room {
  const { published } = followed;
  const since = followed.ring.since(head, published);
  // The node has not taken all events up to `head`, or no longer has those above it.
  if (room === null || followed.members === null || since === null || head > followed.taken) return room;
  let { members } = followed;
  // What waits is joinings alone.
  members += Math.max(0, head - published);
  for (const event of since) members -= memberChange(event);
  return { ...room, members };
}

/** Whether the user may receive the feed: by the snapshot, updated with what this node published since. */
export function entitledNow(
  access: FeedAccess,
  followed: FollowedFeed,
  user: UserId,
): "yes" | "no" | "unknown" {
  if (!access.entitled) return "no";
  const since = followed.ring.since(access.head, followed.published);
  if (since === null) return "unknown";
  let entitled = true;
  for (const wire of since) {
    if (wire.kind === "room_deleted") entitled = false;
    if (wire.kind !== "member_left" && wire.kind !== "member_joined") continue;
    const event = fromWire(wire);
    if (event.kind === "member_left" && event.user === user) entitled = false;
    if (event.kind === "member_joined" && event.user === user) entitled = true;
  }
  return entitled ? "yes" : "no";
}

/**
 * Why a cursor cannot be continued from, in the order of SPEC RS-2; null when it can. The id is compared at every seq that
 * has an event, the head included; above the snapshot with what this node published since.
 */
export function resetWhy(
  start: { seq: number; id: string },
  access: FeedAccess,
  followed: FollowedFeed,
  sameEpoch: boolean,
): ResetWhy | null {
  if (!sameEpoch) return "epoch";
  if (start.seq < access.floor) return "floor";
  if (start.seq > Math.max(access.head, followed.published)) return "future";
  if (start.seq === access.floor) return null;
  const known = start.seq > access.head ? followed.idAt(start.seq) : access.id_at_seq;
  return start.id === known ? null : "lineage";
}

/** The first of these events that fit into LIMITS.replay_bytes; one large event may pass it. */
export function firstPage(events: readonly WireEvent[]): readonly WireEvent[] {
  let size = 0;
  for (const [index, { text }] of events.entries()) {
    size += Buffer.byteLength(text) + 1;
    if (index > 0 && size > LIMITS.replay_bytes) return events.slice(0, index);
  }
  return events;
}

export function bytesOf(events: readonly WireEvent[]): number {
  let size = 0;
  for (const { text } of events) size += Buffer.byteLength(text) + 1;
  return size;
}

/** Whether the store no longer has what comes right after `seq`. */
export function startsAbove(events: readonly WireEvent[], seq: number): boolean {
  return (events[0]?.seq ?? 0) > seq + 1;
}
