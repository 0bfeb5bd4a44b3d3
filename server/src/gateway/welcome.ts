import { isFault, LIMITS, LOBBY } from "@parley/protocol";
import type { Chat } from "../chat.ts";
import type { FeedEntry, Store, User } from "../store/store.ts";
import { encode } from "./native.ts";

/**
 * The user's feeds. A guest's first sign-in brings it into the lobby, with its own id as the nonce: however often and
 * from wherever it signs in for the first time, it joins once.
 */
export async function feedsAtHello(
  store: Store,
  chat: Chat,
  user: User,
  at: number,
): Promise<readonly FeedEntry[]> {
  const feeds = await store.feedsOf(user.id);
  if (feeds.some(({ feed }) => feed === LOBBY)) return feeds;
  const actor = { ...user, walk_in: false };
  const body = { kind: "join_room", room: LOBBY } as const;
  const verdict = await chat.perform({ actor, nonce: user.id, at, body });
  if (isFault(verdict)) throw new Error(`the lobby refused a guest: ${verdict.fault}`);
  return store.feedsOf(user.id);
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
