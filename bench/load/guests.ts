import { createHash } from "node:crypto";
import type { FeedId } from "@parley/protocol";

/** A guest of the server under test. All of it follows from the index, so that every process knows the same. */
export type Guest = {
  readonly index: number;
  readonly token: string;
  readonly name: string;
  readonly device: string;
  /** The room it is in besides the lobby. */
  readonly room: string | null;
  /** Where its copies of feeds stand; no entry, no copy. */
  readonly copies: Map<FeedId, Copy>;
};
export type Copy = { readonly seq: number; readonly id: string };

/** A guest's token: 256 bits, made from the index. */
export function tokenOf(index: number): string {
  return createHash("sha256").update(`bench guest ${index}`).digest("base64url");
}

/** `count` guests, the first of them with this index, in turns in these rooms. */
export function guestsFrom(first: number, count: number, rooms: readonly string[] = []): Guest[] {
  return Array.from({ length: count }, (_, at) => ({
    index: first + at,
    token: tokenOf(first + at),
    name: `Guest ${first + at}`,
    device: `bench-${first + at}`,
    room: rooms[at % rooms.length] ?? null,
    copies: new Map<FeedId, Copy>(),
  }));
}
