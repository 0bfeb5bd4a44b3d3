import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { isFault, LOBBY, userFeed } from "@parley/protocol";
import { until } from "../support/child-process.ts";
import { parley } from "../support/cli.ts";
import { expectHealthy, openStore } from "../support/offline-store.ts";
import { Random } from "../support/random.ts";
import { root } from "../support/server-process.ts";
import { newNonce, newToken, startTestServer, type TestServer, WireClient } from "../support/test-server.ts";
import { tablesOf } from "./tables.ts";
import { Workload } from "./workload.ts";

const folder = mkdtempSync(join(tmpdir(), "parley-import-"));
const source = join(folder, "source");
const dump = join(folder, "dump");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let made = 0;
const fresh = () => join(folder, `data-${++made}`);

/** A store with events of all kinds, and a private feed so long that its beginning was trimmed. */
beforeAll(async () => {
  const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
  const store = await openStore(source);
  try {
    const workload = new Workload(store, new Random(seed));
    await workload.run(1_500);
    expect(workload.done.size).toBeGreaterThan(15);
    await readForYears(store);
  } catch (error) {
    console.error(`The workload failed. Again with SEED=${seed}`);
    throw error;
  } finally {
    await store.close();
  }
  expect(await parley("export", dump, "--data-dir", source)).toMatchObject({ code: 0, err: "" });
}, 120_000);

/** A user sends more read positions than a private feed keeps. */
async function readForYears(store: Awaited<ReturnType<typeof openStore>>): Promise<void> {
  const [user] = await store.signIn([
    { token_hash: "of a reader", name: "Reader", id: newNonce(), at: Date.now() },
  ]);
  if (!user || isFault(user)) throw new Error("no reader");
  const actor = { ...user, walk_in: false };
  const at = Date.now();
  const send = { kind: "send_message", room: LOBBY, text: "again" } as const;
  await store.commit([{ actor, nonce: newNonce(), at, body: { kind: "join_room", room: LOBBY } }]);
  for (let i = 0; i < 2_100; i += 100) {
    const sent = await store.commit(
      Array.from({ length: 100 }, () => ({ actor, nonce: newNonce(), at, body: send })),
    );
    const heads = sent.verdicts.map((verdict) => (isFault(verdict) ? 0 : (verdict.placed[0]?.seq ?? 0)));
    for (const seq of heads)
      await store.commit([{ actor, nonce: newNonce(), at, body: { kind: "mark_read", room: LOBBY, seq } }]);
  }
  await until(20_000, "the private feed is trimmed", async () => {
    const heads = tablesOf(source).feeds?.find(([feed]) => feed === userFeed(user.id));
    return Number(heads?.[2]) > 0 || undefined;
  });
}

describe("a full export", () => {
  test("recreates the same store: every event, and every row of the tables computed from them", async () => {
    const dataDir = fresh();
    const done = await parley("import", dump, "--data-dir", dataDir);
    expect(done).toMatchObject({ code: 0, err: "" });
    expect(done.out).toContain("Imported");
    const [before, after] = [tablesOf(source), tablesOf(dataDir)];
    for (const name of Object.keys(before)) expect(after[name]).toEqual(before[name] as never);
    expect(before.events?.length).toBeGreaterThan(4_000);
    expect(before.deleted?.length).toBeGreaterThan(0);
    expectHealthy(dataDir);
    // A second export has the same text, too.
    const again = join(folder, "again");
    await parley("export", again, "--data-dir", dataDir);
    for (const name of ["users", "feeds", "rooms", "events", "members", "nonces"])
      expect(readFileSync(join(again, `${name}.ndjson`), "utf8")).toBe(
        readFileSync(join(dump, `${name}.ndjson`), "utf8"),
      );
  }, 60_000);

  test("is only checked with --dry-run", async () => {
    const dataDir = fresh();
    const done = await parley("import", dump, "--data-dir", dataDir, "--dry-run");
    expect(done).toMatchObject({ code: 0, err: "" });
    expect(done.out).toContain("Nothing was changed");
    expect(existsSync(join(dataDir, "parley.db"))).toBe(false);
  });

  test("is imported once, however often it is repeated, also when the store has more messages since", async () => {
    const dataDir = fresh();
    await parley("import", dump, "--data-dir", dataDir);
    const store = await openStore(dataDir);
    const [user] = await store.signIn([
      { token_hash: "of Ida", name: "Ida", id: newNonce(), at: Date.now() },
    ]);
    if (!user || isFault(user)) throw new Error("no Ida");
    const body = { kind: "join_room", room: LOBBY } as const;
    await store.commit([{ actor: { ...user, walk_in: false }, nonce: newNonce(), at: Date.now(), body }]);
    await store.close();
    const before = tablesOf(dataDir);
    const done = await parley("import", dump, "--data-dir", dataDir);
    expect(done).toMatchObject({ code: 0, err: "" });
    expect(done.out).toContain("already");
    expect(tablesOf(dataDir)).toEqual(before);
    // The original store has all of it, too.
    expect((await parley("import", dump, "--data-dir", source, "--dry-run")).out).toContain("already");
  }, 30_000);

  test("replaces an empty store, and no other", async () => {
    const empty = fresh();
    await (await openStore(empty)).close();
    expect(await parley("import", dump, "--data-dir", empty)).toMatchObject({ code: 0 });
    expect(tablesOf(empty).events).toEqual(tablesOf(source).events as never);

    const other = fresh();
    const store = await openStore(other);
    await new Workload(store, new Random(7)).run(5);
    await store.close();
    const before = tablesOf(other);
    const refused = await parley("import", dump, "--data-dir", other);
    expect(refused.code).toBe(1);
    expect(refused.err).toContain("holds other content");
    expect(tablesOf(other)).toEqual(before);
  }, 30_000);

  test("is rejected while a server runs", async () => {
    const server = await startTestServer();
    const refused = await parley("import", dump, "--data-dir", server.dataDir);
    await server.end();
    expect(refused.code).toBe(1);
    expect(refused.err).toContain("Another Parley is running");
  });

  test.each([
    [
      "a byte was changed",
      (path: string) => writeFileSync(path, readFileSync(path, "utf8").replace('"at":1', '"at":2')),
      "checksum",
    ],
    [
      "the end is missing",
      (path: string) => writeFileSync(path, readFileSync(path).subarray(0, -7)),
      "bytes where the export wrote",
    ],
    ["a file is missing", (path: string) => rmSync(path), "is missing"],
  ])("is refused before anything happens when %s", async (_, spoil, says) => {
    const copy = join(folder, `spoilt-${++made}`);
    cpSync(dump, copy, { recursive: true });
    spoil(join(copy, "events.ndjson"));
    const dataDir = fresh();
    const refused = await parley("import", copy, "--data-dir", dataDir);
    expect(refused.code).toBe(1);
    expect(refused.err).toContain("events.ndjson");
    expect(refused.err).toContain(says);
    expect(existsSync(join(dataDir, "parley.db"))).toBe(false);
  });

  test("of a newer version is rejected", async () => {
    const copy = join(folder, `newer-${++made}`);
    cpSync(dump, copy, { recursive: true });
    const meta = JSON.parse(readFileSync(join(copy, "meta.json"), "utf8"));
    writeFileSync(join(copy, "meta.json"), JSON.stringify({ ...meta, format_version: 2, version: "9.9.9" }));
    expect((await parley("import", copy, "--data-dir", fresh())).err).toContain("newer Parley (9.9.9)");
  });
});

test("an import that was killed goes on where it was, again and again, and comes to the same store", async () => {
  const dataDir = fresh();
  mkdirSync(dataDir);
  const importing = join(dataDir, "parley.db.importing");
  let kills = 0;
  let at = 40;
  while (kills < 40 && !existsSync(join(dataDir, "parley.db"))) {
    const child = spawn(process.execPath, [
      join(root, "cli/src/main.ts"),
      "import",
      dump,
      "--data-dir",
      dataDir,
    ]);
    const gone = new Promise((resolve) => child.on("exit", resolve));
    // Each run is interrupted a little later than the previous one.
    await Promise.race([gone, until(20_000, "it works", () => existsSync(`${importing}-wal`) || undefined)]);
    await Promise.race([gone, new Promise((resolve) => setTimeout(resolve, at))]);
    child.kill("SIGKILL");
    await gone;
    kills++;
    at += 20;
  }
  const done = await parley("import", dump, "--data-dir", dataDir);
  expect(done).toMatchObject({ code: 0, err: "" });
  expect(kills).toBeGreaterThan(1);
  expect(tablesOf(dataDir)).toEqual(tablesOf(source));
  expect(existsSync(importing)).toBe(false);
  expectHealthy(dataDir);
}, 90_000);

test("an import that was killed among the events begins with the next, not anew", async () => {
  for (let attempt = 0; attempt < 10; attempt++) {
    const dataDir = fresh();
    const args = [join(root, "cli/src/main.ts"), "import", dump, "--data-dir", dataDir];
    const child = spawn(process.execPath, args);
    let gone = false;
    const end = new Promise((resolve) => child.on("exit", resolve)).then(() => {
      gone = true;
    });
    await until(20_000, "some events are in", () => gone || linesIn(dataDir) >= 2_000 || undefined);
    child.kill("SIGKILL");
    await end;
    const lines = linesIn(dataDir);
    // The import was faster.
    if (lines < 2_000) continue;
    const done = await parley("import", dump, "--data-dir", dataDir);
    expect(done.out).toContain("Carried on");
    expect(tablesOf(dataDir)).toEqual(tablesOf(source));
    return;
  }
  throw new Error("No run was interrupted during the events");
}, 90_000);

/** Lines of events that an import has taken so far. */
function linesIn(dataDir: string): number {
  const path = join(dataDir, "parley.db.importing");
  if (!existsSync(path)) return 0;
  try {
    const database = new DatabaseSync(path, { readOnly: true });
    try {
      const row = database.prepare("SELECT value FROM meta WHERE key = 'import'").get();
      const { file, lines } = JSON.parse(String(row?.value ?? "{}")) as { file?: string; lines?: number };
      return file === "events" ? (lines ?? 0) : 0;
    } finally {
      database.close();
    }
  } catch {
    return 0;
  }
}

describe("P3 clients of a store that was moved", () => {
  let first: TestServer;
  let second: TestServer;

  test("resume from their old cursors without a reset, and their old nonces are answered as before", async () => {
    first = await startTestServer();
    const ann = new WireClient(first, newToken());
    const bob = new WireClient(first, newToken());
    const { epoch, user } = await ann.join("Ann");
    await bob.join("Bob");
    const room = newNonce();
    await ann.command({ kind: "create_room", room, room_kind: "private", name: "Attic", members: [] });
    await ann.command({ kind: "send_message", room, text: "in the attic" });
    await ann.event(room, ({ kind }) => kind === "message_sent");
    await ann.event(userFeed(user.id), ({ kind }) => kind === "room_added");
    const send = { kind: "send_message", room: LOBBY, text: "before the move" } as const;
    const nonce = newNonce();
    const sent = await ann.command(send, nonce);
    for (let i = 0; i < 5; i++) await bob.command({ ...send, text: `more ${i}` });
    await ann.event(
      LOBBY,
      ({ kind, ...event }) => kind === "message_sent" && "text" in event && event.text === "more 2",
    );
    const place = (feed: string, index: number) => {
      const { seq = 0, id = "" } = ann.events(feed).at(index) ?? {};
      return { feed, seq, id };
    };
    const cursors = [place(LOBBY, -1), { ...place(room, 0) }, place(userFeed(user.id), 0)];
    const cut = ann
      .events(LOBBY)
      .findIndex((event) => event.kind === "message_sent" && event.text === "more 2");
    cursors[0] = place(LOBBY, cut);
    const moved = join(folder, "moved");
    await first.stop();
    expect(await parley("export", moved, "--data-dir", first.dataDir)).toMatchObject({ code: 0 });

    const dataDir = fresh();
    const done = await parley("import", moved, "--data-dir", dataDir);
    expect(done).toMatchObject({ code: 0 });
    expect(done.out).toContain("clients carry on");
    second = await startTestServer(["--data-dir", dataDir]);
    const again = new WireClient(second, ann.token);
    const welcome = await again.hello();
    expect(welcome).toMatchObject({ epoch, user: { id: user.id, name: "Ann" } });
    await again.resume(epoch, cursors);
    await again.event(LOBBY, (event) => event.kind === "message_sent" && event.text === "more 4");
    expect(again.frames.filter(({ type }) => type === "reset")).toEqual([]);
    const texts = again.events(LOBBY).flatMap((event) => (event.kind === "message_sent" ? [event.text] : []));
    expect(texts).toEqual(["more 3", "more 4"]);
    expect(await again.command(send, nonce)).toMatchObject({
      events: "events" in sent ? sent.events : [],
      duplicate: true,
    });
    expect(await again.command({ ...send, text: "other words" }, nonce)).toMatchObject({
      code: "nonce_reused",
    });
    const next = await again.command({ ...send, text: "after the move" });
    expect("events" in next && next.events[0]?.seq).toBe(
      (welcome.feeds.find(({ feed }) => feed === LOBBY)?.head ?? 0) + 1,
    );
    again.close();
    await second.end();
    rmSync(first.dataDir, { recursive: true, force: true });
  }, 30_000);

  test("P6 get a new epoch when a server was running during the export, because it may store more", async () => {
    const running = await startTestServer();
    const ann = new WireClient(running, newToken());
    const { epoch } = await ann.join("Ann");
    await ann.command({ kind: "send_message", room: LOBBY, text: "in the export" });
    const beside = join(folder, "beside");
    expect(await parley("export", beside, "--data-dir", running.dataDir)).toMatchObject({ code: 0 });
    expect(JSON.parse(readFileSync(join(beside, "meta.json"), "utf8"))).toMatchObject({
      beside_server: true,
    });
    await ann.command({ kind: "send_message", room: LOBBY, text: "only on the original" });
    await running.end();

    const dataDir = fresh();
    const done = await parley("import", beside, "--data-dir", dataDir);
    expect(done).toMatchObject({ code: 0 });
    expect(done.out).toContain("new epoch");
    const store = await openStore(dataDir);
    expect(store.epoch).not.toBe(epoch);
    await store.close();
    // It is imported once, like any other export.
    const again = await parley("import", beside, "--data-dir", dataDir);
    expect(again).toMatchObject({ code: 0 });
    expect(again.out).toContain("already");
    expectHealthy(dataDir);
  }, 30_000);
});
