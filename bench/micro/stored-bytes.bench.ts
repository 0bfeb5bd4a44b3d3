/**
 * How many bytes of the database file a message takes, by table and index, with the free part of its pages:
 * `bun bench/micro/stored-bytes.bench.ts [messages] [rooms]`. Messages of ten members a room go through the store's own commit;
 * what rooms, members and users take is measured before and left out. Pages are counted by SQLite (dbstat).
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { isFault } from "@parley/protocol";
import type { Command } from "@parley/server/core/command.ts";
import { openSqliteStore } from "@parley/server/store/sqlite/sqlite.ts";
import type { Store, User } from "@parley/server/store/store.ts";
import { makeTexts } from "../load/texts.ts";

const MESSAGES = Number(process.argv[2] ?? 200_000);
const ROOMS = Number(process.argv[3] ?? 200);
const MEMBERS = 10;
const BATCH = 2_000;
/** Characters of a text, as in the other works. */
const LENGTH = 60;

const folder = mkdtempSync(join(tmpdir(), "parley-stored-"));

async function open(): Promise<Store> {
  return openSqliteStore({
    dataDir: folder,
    unsafeDurability: true,
    onFatal: (error) => {
      throw error;
    },
  });
}

async function commit(store: Store, commands: readonly Command[]): Promise<void> {
  const { verdicts } = await store.commit(commands);
  const refused = verdicts.find(isFault);
  if (refused) throw new Error(`The store could not be filled: ${refused.fault} ${refused.detail ?? ""}`);
}

function command({ id, name }: User, body: Command["body"]): Command {
  return { actor: { id, name, walk_in: false }, nonce: Bun.randomUUIDv7(), at: Date.now(), body };
}

type Room = { readonly id: string; readonly members: readonly User[] };

async function makeRooms(store: Store): Promise<Room[]> {
  const rooms: Room[] = [];
  for (let n = 0; n < ROOMS; n++) {
    const signedIn = await store.signIn(
      Array.from({ length: MEMBERS }, (_, i) => {
        const id = Bun.randomUUIDv7();
        return { token_hash: id, name: `guest ${n} ${i}`, id, at: Date.now() };
      }),
    );
    const members = signedIn.filter((user) => !isFault(user)) as User[];
    const [owner, ...others] = members as [User, ...User[]];
    const room = Bun.randomUUIDv7();
    await commit(store, [
      command(owner, { kind: "create_room", room, room_kind: "public", name: `room ${n}` }),
      ...others.map((user) => command(user, { kind: "join_room", room })),
    ]);
    rooms.push({ id: room, members });
  }
  return rooms;
}

function sizes(): Map<string, number> {
  const database = new DatabaseSync(join(folder, "parley.db"), { readOnly: true });
  const rows = database.prepare("SELECT name, SUM(pgsize) AS bytes FROM dbstat GROUP BY name").all();
  database.close();
  return new Map(rows.map(({ name, bytes }) => [String(name), Number(bytes)]));
}

try {
  const texts = makeTexts(2_000, LENGTH);
  let store = await open();
  const rooms = await makeRooms(store);
  await store.close();
  const before = sizes();
  store = await open();
  for (let next = 0; next < MESSAGES; next += BATCH) {
    const batch = Array.from({ length: Math.min(BATCH, MESSAGES - next) }, (_, i) => {
      const n = next + i;
      const { id, members } = rooms[n % ROOMS] as Room;
      const author = members[Math.floor(n / ROOMS) % MEMBERS] as User;
      return command(author, { kind: "send_message", room: id, text: texts[n % texts.length] as string });
    });
    await commit(store, batch);
  }
  await store.close();
  let sum = 0;
  for (const [name, bytes] of [...sizes()].sort((one, other) => other[1] - one[1])) {
    const each = (bytes - (before.get(name) ?? 0)) / MESSAGES;
    sum += each;
    if (each >= 0.05) console.log(`${name.padEnd(24)} ${each.toFixed(1).padStart(7)}`);
  }
  console.log(`${"bytes a message".padEnd(24)} ${sum.toFixed(1).padStart(7)}`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
