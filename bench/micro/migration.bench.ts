/**
 * What the migration of a store of format 4 to the newest takes: `bun bench/micro/migration.bench.ts [messages] [rooms]`.
 * Prints seconds (with the backup before it and without), the peak of the process's memory, and the peak of what the data
 * folder takes besides the store itself. The migration runs in a process of its own.
 */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { isFault } from "@parley/protocol";
import type { Command } from "@parley/server/core/command.ts";
import { toFormat } from "@parley/server/store/sqlite/engine/format-4.contract.ts";
import { openSqliteStore } from "@parley/server/store/sqlite/sqlite.ts";
import type { Store, User } from "@parley/server/store/store.ts";
import { makeTexts } from "../load/texts.ts";

const MEGABYTE = 1_048_576;
const BATCH = 2_000;
/** Characters of a text, as in the other works. */
const LENGTH = 60;
/** Milliseconds between two looks at the size of the folder. */
const LOOK_EACH = 50;

const open = (dataDir: string, unsafeDurability: boolean, backup: boolean) =>
  openSqliteStore({
    dataDir,
    unsafeDurability,
    backup,
    onFatal: (error) => {
      throw error;
    },
  });

async function commit(store: Store, commands: readonly Command[]): Promise<void> {
  const refused = (await store.commit(commands)).verdicts.find(isFault);
  if (refused) throw new Error(`The store could not be filled: ${refused.fault} ${refused.detail ?? ""}`);
}

function command({ id, name }: User, body: Command["body"]): Command {
  return { actor: { id, name, walk_in: false }, nonce: Bun.randomUUIDv7(), at: Date.now(), body };
}

async function fill(dataDir: string, messages: number, roomCount: number): Promise<void> {
  const store = await open(dataDir, true, false);
  const texts = makeTexts(2_000, LENGTH);
  const rooms: { readonly id: string; readonly owner: User }[] = [];
  for (let n = 0; n < roomCount; n++) {
    const id = Bun.randomUUIDv7();
    const [owner] = await store.signIn([{ token_hash: id, name: `guest ${n}`, id, at: Date.now() }]);
    if (!owner || isFault(owner)) throw new Error("A guest was refused.");
    const room = Bun.randomUUIDv7();
    await commit(store, [
      command(owner, { kind: "create_room", room, room_kind: "public", name: `room ${n}` }),
    ]);
    rooms.push({ id: room, owner });
  }
  for (let next = 0; next < messages; next += BATCH) {
    const batch = Array.from({ length: Math.min(BATCH, messages - next) }, (_, i) => {
      const { id, owner } = rooms[(next + i) % roomCount] as (typeof rooms)[number];
      return command(owner, {
        kind: "send_message",
        room: id,
        text: texts[(next + i) % texts.length] as string,
      });
    });
    await commit(store, batch);
  }
  await store.close();
}

/** Bytes of all files of a folder. */
function sizeOf(folder: string): number {
  let sum = 0;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    try {
      sum += statSync(join(entry.parentPath, entry.name)).size;
    } catch {
      // Removed between the two calls.
    }
  }
  return sum;
}

async function measure(dataDir: string, backup: boolean): Promise<void> {
  const before = sizeOf(dataDir);
  const child = Bun.spawn(
    [process.execPath, import.meta.filename, "--migrate", dataDir, backup ? "on" : "off"],
    {
      stdout: "pipe",
      stderr: "inherit",
    },
  );
  let most = before;
  const looks = setInterval(() => {
    most = Math.max(most, sizeOf(dataDir));
  }, LOOK_EACH);
  const answer = await new Response(child.stdout).text();
  await child.exited;
  clearInterval(looks);
  console.log(
    `backup ${backup ? "on " : "off"}  ${answer.trim()}  disk before ${Math.round(before / MEGABYTE)} MB, ` +
      `peak besides the store ${((most - before) / before).toFixed(2)} of it, ` +
      `after ${Math.round(sizeOf(dataDir) / MEGABYTE)} MB`,
  );
}

if (process.argv[2] === "--migrate") {
  const [, , , dataDir = "", backup] = process.argv;
  const began = performance.now();
  const store = await open(dataDir, false, backup === "on");
  const seconds = (performance.now() - began) / 1_000;
  await store.close();
  const peak = /VmHWM:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))?.[1];
  console.log(`${seconds.toFixed(1)} s, memory ${Math.round(Number(peak) / 1_024)} MB,`);
} else {
  const root = mkdtempSync(join(tmpdir(), "parley-migration-"));
  try {
    const old = join(root, "old");
    await fill(old, Number(process.argv[2] ?? 1_000_000), Number(process.argv[3] ?? 200));
    toFormat(join(old, "parley.db"), 4);
    // Free pages of the newer tables would be filled by the migration: a real store of format 4 has none.
    const database = new DatabaseSync(join(old, "parley.db"));
    database.exec("PRAGMA journal_mode = DELETE; VACUUM");
    database.close();
    for (const backup of [false, true]) {
      const dataDir = join(root, `data-${backup}`);
      cpSync(old, dataDir, { recursive: true });
      await measure(dataDir, backup);
      rmSync(dataDir, { recursive: true });
    }
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}
