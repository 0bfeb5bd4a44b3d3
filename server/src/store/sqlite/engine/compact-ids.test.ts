import { afterAll, expect, test } from "bun:test";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { LOBBY } from "@parley/protocol";
import { World } from "../../contract/world.contract.ts";
import type { Store } from "../../store.ts";
import { examineSqlite } from "../doctor/doctor.ts";
import { openSqliteStore } from "../sqlite.ts";
import { toFormat } from "./format-4.contract.ts";

const root = mkdtempSync(join(tmpdir(), "parley-compact-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const never = () => {
  throw new Error("not here");
};

function open(dataDir: string): Promise<Store> {
  return openSqliteStore({ dataDir, unsafeDurability: true, onFatal: never });
}

function worldOf(store: Store): World {
  return new World({ store, reopen: never, setClock: never, traces: never, discard: never });
}

/** A store of the old format, with the commands that were sent to it and their answers. */
async function oldStore(dataDir: string) {
  const store = await open(dataDir);
  const world = worldOf(store);
  const [ann, bob] = [await world.guest("Ann"), await world.guest("Bob")];
  const room = await world.room(ann, [bob]);
  const sends = Array.from({ length: 400 }, (_, i) => world.send(i % 2 ? ann : bob, room, `tea ${i}`));
  const other = await world.room(ann);
  const commands = [
    ...sends,
    world.command(ann, { kind: "edit_message", room, message: sends[1]?.nonce as string, text: "coffee" }),
    world.command(ann, { kind: "delete_message", room, message: sends[3]?.nonce as string }),
    world.command(bob, { kind: "add_reaction", room, message: sends[5]?.nonce as string, emoji: "👍" }),
    // Changes nothing: an answer without events, which has a time of its own.
    world.command(ann, { kind: "join_room", room: LOBBY }),
    world.command(ann, { kind: "join_room", room: LOBBY }),
    world.command(ann, { kind: "create_room", room: other, room_kind: "private", name: "refused" }),
    world.send(ann, other, "goes with its room"),
  ];
  const answers = await world.verdicts(...commands);
  await world.accepted(world.command(ann, { kind: "delete_room", room: other }));
  const events = await Promise.all([LOBBY, room, other].map((feed) => store.after(feed, 0, 2_000, "node")));
  const page = await store.page(room, { limit: 50 }, { user: bob.id });
  await store.close();
  toFormat(join(dataDir, "parley.db"), 4);
  return { ann, bob, room, other, commands, answers, events, page };
}

test("after the migration every nonce gets its first answer, every event is the same, and the doctor finds nothing", async () => {
  const dataDir = join(root, "same");
  const { bob, room, other, commands, answers, events, page } = await oldStore(dataDir);
  const store = await open(dataDir);
  const again = await worldOf(store).verdicts(...commands);
  for (const [i, answer] of answers.entries()) {
    // A rejected command has no nonce: it is decided again, on a room that was deleted meanwhile.
    if ("placed" in answer) expect(again[i]).toEqual({ ...answer, duplicate: true });
    else expect(again[i]).toHaveProperty("fault");
  }
  expect(answers.filter((answer) => "placed" in answer).length).toBeGreaterThan(400);
  // A rejected command has no nonce and could be accepted now: nothing was written.
  expect(await Promise.all([LOBBY, room, other].map((feed) => store.after(feed, 0, 2_000, "node")))).toEqual(
    events,
  );
  expect(await store.page(room, { limit: 50 }, { user: bob.id })).toEqual(page);
  await store.close();
  expect(examineSqlite({ dataDir, deep: true }).findings).toEqual([]);
});

test("a message takes less than 400 bytes of the file", async () => {
  const dataDir = join(root, "bytes");
  const store = await open(dataDir);
  const world = worldOf(store);
  const ann = await world.guest("Ann");
  const room = await world.room(ann);
  await store.close();
  const bytes = () => {
    const database = new DatabaseSync(join(dataDir, "parley.db"), { readOnly: true });
    const row = database.prepare("SELECT SUM(pgsize) AS bytes FROM dbstat").get() as { bytes: number };
    database.close();
    return row.bytes;
  };
  const before = bytes();
  const filled = await open(dataDir);
  const COUNT = 20_000;
  const text = "six words that say about as much as people do"; // 46 characters
  for (let at = 0; at < COUNT; at += 2_000)
    await filled.commit(Array.from({ length: 2_000 }, (_, i) => world.send(ann, room, `${text} ${at + i}`)));
  await filled.close();
  expect((bytes() - before) / COUNT).toBeLessThan(400);
});

test("ids of another origin, and answers with a time that no id contains, are not changed", async () => {
  const dataDir = join(root, "other");
  await (await open(dataDir)).close();
  const path = join(dataDir, "parley.db");
  toFormat(path, 4);
  const database = new DatabaseSync(path);
  const id = "01900000-0000-7000-8000-0000000000ab";
  const nonces = ["", "a nonce", "sixteen letters!", id, id.toUpperCase(), "~".repeat(17)];
  for (const [i, nonce] of nonces.entries())
    database
      .prepare("INSERT INTO nonces VALUES (?, ?, ?, ?, ?)")
      .run(nonce, `user ${i}`, 2 ** 52 - 1, i, `1:1:${id}`);
  database.close();
  await (await open(dataDir)).close();
  toFormat(path, 4);
  const after = new DatabaseSync(path);
  const found = after.prepare("SELECT nonce, author, digest, at, answer FROM nonces ORDER BY at").all();
  after.close();
  expect(found.map((row) => ({ ...row }))).toEqual(
    nonces.map((nonce, i) => ({
      nonce,
      author: `user ${i}`,
      digest: 2 ** 52 - 1,
      at: i,
      answer: `1:1:${id}`,
    })),
  );
});

test("kill -9 in the middle of each migration: the store is as it was, and the next start migrates it", async () => {
  const dataDir = join(root, "killed");
  const { bob, room, commands, answers, page } = await oldStore(dataDir);
  for (const [version, part] of [
    [5, 0.3],
    [5, 0.9],
    [6, 0],
    [6, 0.05],
    [6, 0.4],
    [6, 0.75],
    [6, 1],
  ] as const) {
    const copy = join(root, `killed-${version}-${part}`);
    cpSync(dataDir, copy, { recursive: true });
    const child = Bun.spawn(
      [
        process.execPath,
        join(import.meta.dirname, "migrating-process.contract.ts"),
        copy,
        String(version),
        String(part),
      ],
      {
        stdout: "pipe",
        stderr: "inherit",
      },
    );
    // It kills itself in the middle of its transaction, at that part of the work.
    const [at, done] = (await new Response(child.stdout).text()).trim().split(" ").map(Number);
    expect(at).toBe(version);
    expect(done).toBeGreaterThanOrEqual(part);
    if (part < 1) expect(done).toBeLessThan(1);
    await child.exited;
    expect(child.signalCode).toBe("SIGKILL");
    const database = new DatabaseSync(join(copy, "parley.db"), { readOnly: true });
    expect(database.prepare("SELECT value FROM meta WHERE key = 'version'").get()).toMatchObject({
      value: "4",
    });
    database.close();
    const store = await open(copy);
    const again = await worldOf(store).verdicts(...commands);
    for (const [i, answer] of answers.entries()) {
      // A rejected command has no nonce: it is decided again, on a room that was deleted meanwhile.
      if ("placed" in answer) expect(again[i]).toEqual({ ...answer, duplicate: true });
      else expect(again[i]).toHaveProperty("fault");
    }
    expect(await store.page(room, { limit: 50 }, { user: bob.id })).toEqual(page);
    await store.close();
    expect(examineSqlite({ dataDir: copy, deep: true }).findings).toEqual([]);
  }
});
