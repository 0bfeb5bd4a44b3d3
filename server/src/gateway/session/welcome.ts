import { randomUUID } from "node:crypto";
import {
  type Fault,
  fault,
  fromWire,
  isFault,
  LIMITS,
  LOBBY,
  type RoomId,
  type UserId,
} from "@parley/protocol";
import type { Chat } from "../../chat.ts";
import type { FeedEntry, Store, User, Verdict } from "../../store/store.ts";
import type { FollowedFeed } from "../feeds/followed-feed.ts";
import { encode } from "../wire/codec.ts";
import type { SessionParts } from "./parts.ts";

export const READ_LIMITED = "So much was read that the next answer has to wait.";
/** When a user with as many connections as allowed may connect again. Milliseconds. */
const CAPACITY_RETRY = 10_000;

/** Why a signed-in user may not have this connection; null when it may. A read is charged then. */
export function helloLimit(
  { sessions, maxPerUser, reads }: Pick<SessionParts, "sessions" | "maxPerUser" | "reads">,
  { user, device, address }: { readonly user: UserId; readonly device: string; readonly address: string },
): Fault | null {
  if (sessions.otherDevices(user, device) >= maxPerUser)
    return fault("rate_limited", "This user has too many connections.", CAPACITY_RETRY);
  const wait = reads.take(user, address);
  return wait > 0 ? fault("rate_limited", READ_LIMITED, wait) : null;
}

/**
 * The user's feeds; one that was made just now has none yet. A guest's first sign-in brings it into the lobby, with its own id as the nonce: however often and
 * from wherever it signs in for the first time, it joins once.
 */
export async function feedsAtHello(
  store: Store,
  chat: Chat,
  { user, isNew }: { readonly user: User; readonly isNew: boolean },
  at: number,
): Promise<readonly FeedEntry[]> {
  const feeds = isNew ? [] : await store.feedsOf(user.id);
  if (feeds.some(({ feed }) => feed === LOBBY)) return feeds;
  const verdict = await joinLobby(chat, user, at);
  if (isFault(verdict)) throw new Error(`the lobby refused a guest: ${verdict.fault}`);
  return store.feedsOf(user.id);
}

/** Brings a guest into the lobby. Its own id is the nonce: from wherever it first signs in, it joins once. */
export async function joinLobby(chat: Pick<Chat, "perform">, user: User, at: number): Promise<Verdict> {
  const actor = { ...user, walk_in: false };
  const body = { kind: "join_room", room: LOBBY } as const;
  const verdict = await chat.perform({ actor, nonce: user.id, at, body });
  if (!isFault(verdict) || verdict.fault !== "nonce_reused") return verdict;
  // The user has spent its own id as the nonce of another command, such as an Idempotency-Key. Joining twice is `unchanged`.
  return chat.perform({ actor, nonce: randomUUID(), at, body });
}

/** The rooms that the user is in, by the snapshot and by what passed in the private feed since it was taken. */
export function roomsNow(feeds: readonly FeedEntry[], privateFeed: FollowedFeed): Set<RoomId> {
  const rooms = new Set<RoomId>();
  for (const { feed, room } of feeds) if (room !== null) rooms.add(feed);
  const head = feeds.find(({ feed }) => feed === privateFeed.feed)?.head ?? 0;
  // Null is more than the ring holds, during one read of the store: no user joins and leaves that fast.
  for (const wire of privateFeed.ring.since(head, privateFeed.published) ?? []) {
    if (wire.kind !== "room_added" && wire.kind !== "room_removed") continue;
    const event = fromWire(wire);
    if (event.kind === "room_added") rooms.add(event.room);
    if (event.kind === "room_removed") rooms.delete(event.room);
  }
  return rooms;
}

export type Welcome = {
  readonly session: string;
  readonly user: User;
  readonly epoch: string;
  /** Milliseconds. */
  readonly heartbeat: number;
  readonly feeds: readonly FeedEntry[];
};

/** The welcome frame, and feeds frames with what did not fit into it (SPEC HS-6). */
export function* welcomeFrames({
  session,
  user,
  epoch,
  heartbeat,
  feeds: entries,
}: Welcome): Iterable<string> {
  const size = LIMITS.feeds_per_frame;
  const feeds = entries.map((entry) => ({ ...entry, state: "listed" as const }));
  const { text, user_name, room_name, frame_bytes } = LIMITS;
  yield encode({
    type: "welcome",
    session,
    user,
    epoch,
    limits: { text, user_name, room_name, frame_bytes },
    heartbeat,
    feeds: feeds.slice(0, size),
    more: feeds.length > size,
  });
  for (let from = size; from < feeds.length; from += size) {
    yield encode({ type: "feeds", feeds: feeds.slice(from, from + size), more: feeds.length > from + size });
  }
}
