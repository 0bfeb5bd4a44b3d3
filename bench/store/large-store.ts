/**
 * Makes a store to read from, as a process of its own: `bun large-store.ts FOLDER MESSAGES ROOMS`. It answers when all of
 * it is on disk. Guest 0 is in every room.
 */
import { isFault, type RoomId } from "@parley/protocol";
import { tokenHash } from "@parley/server/auth/guests.ts";
import { openSqliteStore } from "@parley/server/store/sqlite/sqlite.ts";
import type { Store, User } from "@parley/server/store/store.ts";
import { guestsFrom } from "../load/guests.ts";
import { type Filled, fillStore } from "./fill-store.ts";

export type LargeStore = {
  /** Guest 0 by its id. */
  readonly reader: string;
  /** The busiest room. */
  readonly room: RoomId;
  /** Words that stand in many messages, and one that stands in ten. */
  readonly common: readonly string[];
  readonly rare: string;
  readonly seconds: number;
};

const COMMON = 20;

/** The reader signs in by its token and is invited into all rooms, as the filling knows no tokens. */
async function invite(store: Store, { rooms, everywhere, to }: Filled): Promise<User> {
  const [guest] = guestsFrom(0, 1);
  const { token, name } = guest!;
  const request = { token_hash: tokenHash(token), name, id: Bun.randomUUIDv7(), at: to };
  const [reader] = await store.signIn([request]);
  if (!reader || isFault(reader)) throw new Error(`Guest 0 may not sign in: ${JSON.stringify(reader)}`);
  const commands = rooms.map((room) => ({
    actor: { ...everywhere, walk_in: false },
    nonce: Bun.randomUUIDv7(),
    at: to,
    body: { kind: "invite_member", room, user: reader.id } as const,
  }));
  const { verdicts } = await store.commit(commands);
  const refused = verdicts.find(isFault);
  if (refused) throw new Error(`Guest 0 was not let in: ${refused.fault}`);
  return reader;
}

const [folder = "", messages, rooms] = process.argv.slice(2);
const began = performance.now();
const store = await openSqliteStore({
  dataDir: folder,
  // Only made fast: what is measured reads.
  unsafeDurability: true,
  onFatal: (error) => {
    throw error;
  },
});
const filled = await fillStore(store, { messages: Number(messages), rooms: Number(rooms) });
const reader = await invite(store, filled);
await store.close();
const made: LargeStore = {
  reader: reader.id,
  room: filled.rooms[0]!,
  common: filled.words.slice(0, COMMON),
  rare: filled.rare,
  seconds: (performance.now() - began) / 1000,
};
console.log(JSON.stringify(made));
process.exit(0);
