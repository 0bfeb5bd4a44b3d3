import { type Fault, nameKey, type RoomId, type UserId } from "@parley/protocol";
import { skeleton } from "@parley/protocol/name-policy";
import { sameGuest } from "../commit/sign-in.ts";
import type { SignIn, User } from "../store.ts";
import { first, firstOf, type Reads } from "./asks.ts";
import * as read from "./statements.ts";

export function* nameHeld(name: string): Reads<boolean> {
  return (yield* first(read.USER_BY_NAME, [nameKey(name), skeleton(name)])) !== undefined;
}

export function* roomNamed(name: string): Reads<RoomId | null> {
  return ((yield* first(read.ROOM_BY_NAME, [nameKey(name)]))?.[0] as RoomId | undefined) ?? null;
}

export function* generationOf(user: UserId, device: string): Reads<number> {
  return Number((yield* first(read.GENERATION, [user, device]))?.[0] ?? 0);
}

export function* userByToken(tokenHash: string): Reads<User | null> {
  const row = yield* first(read.USER_BY_TOKEN, [tokenHash]);
  return row ? { id: row[0] as string, name: row[1] as string } : null;
}

/** The answers to sign-ins with a known token; null where a guest has to be created. */
export function* knownGuests(requests: readonly SignIn[]): Reads<(User | Fault | null)[]> {
  const found = yield* firstOf(
    read.USER_BY_TOKEN,
    requests.map(({ token_hash }) => [token_hash]),
  );
  return requests.map(({ name }, i) => {
    const row = found[i];
    if (!row) return null;
    const [id, known, name_key] = row as [string, string, string];
    return sameGuest({ id, name: known, name_key }, name);
  });
}
