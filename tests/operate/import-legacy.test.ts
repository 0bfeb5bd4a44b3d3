import { afterAll, describe, expect, test } from "bun:test";
import { spawn } from "node:child_process";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "../support/child-process.ts";
import { parley } from "../support/cli.ts";
import { expectHealthy, openStore } from "../support/offline-store.ts";
import { Random } from "../support/random.ts";
import { root } from "../support/server-process.ts";
import { newNonce, startTestServer, WireClient } from "../support/test-server.ts";
import { tablesOf } from "./tables.ts";
import { Workload } from "./workload.ts";

const folder = mkdtempSync(join(tmpdir(), "parley-import-small-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let made = 0;
const fresh = () => join(folder, `data-${++made}`);

describe("rooms and messages of a small chat server", () => {
  const GENERAL = "6f1c2f7e-9d57-4d1c-8a55-0c9d8b7c1a11";
  const at = (minute: number) => `2024-03-01T12:${String(minute).padStart(2, "0")}:00.123456`;
  const rooms = [
    { id: GENERAL, name: "General", created_at: at(0) },
    { id: "room-2", name: "Tea  Time", created_at: at(1) },
    { id: "3", name: "x".repeat(65), created_at: at(2) },
  ];
  const message = (id: unknown, room_id: string, username: string, content: unknown, timestamp: unknown) => ({
    ...{ id, room_id, username, content, timestamp },
  });
  const messages = [
    message("m1", GENERAL, "Ada", "hello", at(3)),
    message("m2", "room-2", "Bim", "tea?", at(4)),
    message("m3", GENERAL, "Bim", "second\nline", at(6)),
    message("m4", GENERAL, "Ada", "out of order", at(5)),
    message(-5, "room-2", "Ada", "no time", undefined),
    message("m6", "room-2", "Ada", "", at(7)),
    message("m7", "nowhere", "Ada", "lost", at(8)),
    message("m8", "3", "Ada", "in a room that cannot be", at(8)),
    message("m9", GENERAL, "y".repeat(33), "who?", at(9)),
    message("m10", GENERAL, "Ada", "z".repeat(8_001), at(9)),
    message("m11", GENERAL, "Cleo", "日本語 🙂", 1_709_294_400.5),
  ];

  function write(name: string, files: { rooms: string; messages: string }): string {
    const into = join(folder, name);
    mkdirSync(into);
    writeFileSync(join(into, "rooms.json"), files.rooms);
    writeFileSync(join(into, "messages.json"), files.messages);
    return into;
  }

  /** The messages in the rooms of a store, oldest first. */
  function said(dataDir: string): string[] {
    const { rooms: found = [], events = [] } = tablesOf(dataDir);
    const nameOf = new Map(found.map(([id, , name]) => [id, name]));
    return events
      .filter(([, , isMessage]) => isMessage === 1)
      .map(
        (row) =>
          `${nameOf.get(row[0] ?? "")} ${row[6]} ${JSON.parse(String(row[9])).text} ${new Date(Number(row[7])).toISOString()}`,
      );
  }

  const WANTED = [
    "General Ada hello 2024-03-01T12:03:00.123Z",
    "Tea  Time Bim tea? 2024-03-01T12:04:00.123Z",
    "General Bim second\nline 2024-03-01T12:06:00.123Z",
    // After the earlier messages, whatever its time.
    "General Ada out of order 2024-03-01T12:06:00.123Z",
    "Tea  Time Ada no time 2024-03-01T12:04:00.123Z",
    "General Cleo 日本語 🙂 2024-03-01T12:06:00.123Z",
  ].sort();

  test.each([
    ["as a list a line", (list: object) => JSON.stringify(list)],
    ["indented", (list: object) => JSON.stringify(list, null, 2)],
    [
      "under their ids",
      (list: object) =>
        JSON.stringify(Object.fromEntries((list as { id: string }[]).map((each) => [each.id, each]))),
    ],
  ])(
    "come in %s; what cannot is named; a second time nothing is added",
    async (shape, text) => {
      const into = write(shape, { rooms: text(rooms), messages: text(messages) });
      const dataDir = fresh();
      const dry = await parley("import", into, "--data-dir", dataDir, "--dry-run", "--json");
      expect(existsSync(join(dataDir, "parley.db"))).toBe(false);
      const report = join(into, "left-out.ndjson");
      const done = await parley("import", into, "--data-dir", dataDir, "--json", "--report", report);
      expect(done.code).toBe(1);
      const { dryRun, ...result } = JSON.parse(done.out);
      expect(JSON.parse(dry.out)).toEqual({ ...result, dryRun: true });
      expect(result).toMatchObject({
        rooms: { made: 2, joined: 0, there: 0, skipped: 1 },
        messages: { added: 6, there: 0, skipped: 5, later: 3 },
        refused: 6,
      });
      const whys = readFileSync(report, "utf8")
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line).why)
        .sort();
      expect(whys.join("\n")).toContain("there is no room nowhere in rooms.json");
      expect(whys.join("\n")).toContain("its room 3 did not come in");
      expect(whys.filter((why) => /^(name|username|content): /.test(why))).toHaveLength(4);
      expect(said(dataDir).sort()).toEqual(WANTED);
      expectHealthy(dataDir);

      const before = tablesOf(dataDir);
      const again = JSON.parse((await parley("import", into, "--data-dir", dataDir, "--json")).out);
      expect(again).toMatchObject({
        rooms: { made: 0, there: 2 },
        messages: { added: 0, there: 6, skipped: 5 },
      });
      expect(tablesOf(dataDir)).toEqual(before);
    },
    30_000,
  );

  test("are merged into rooms of the same name in a store with content, and served from there", async () => {
    const dataDir = fresh();
    const before = await startTestServer(["--data-dir", dataDir]);
    const ann = new WireClient(before);
    await ann.join("Ann");
    const room = newNonce();
    await ann.command({ kind: "create_room", room, room_kind: "public", name: "general", members: [] });
    await ann.command({ kind: "send_message", room, text: "here first" });
    await before.stop();
    const into = write("joined", { rooms: JSON.stringify(rooms), messages: JSON.stringify(messages) });
    const done = await parley("import", into, "--data-dir", dataDir);
    expect(done.out).toContain("rooms: 1 created, 1 merged by name, 0 present already, 1 skipped");
    expect(done.out).toContain("messages: 6 added, 0 present already, 5 skipped");
    expect(done.out).toContain("messages.json:1: there is no room nowhere in rooms.json");
    expectHealthy(dataDir);
    const server = await startTestServer(["--data-dir", dataDir]);
    try {
      const list = (await (await fetch(`${server.url}/api/chat/rooms`)).json()) as {
        id: string;
        name: string;
      }[];
      expect(list.map(({ name }) => name)).toEqual(["general", "Tea  Time"]);
      const served = await (await fetch(`${server.url}/api/chat/rooms/${room}/messages`)).json();
      expect((served as { content: string }[]).map(({ content }) => content)).toEqual([
        ..."here first,hello,second\nline,out of order,日本語 🙂".split(","),
      ]);
      const line = new WireClient(server, ann.token);
      await line.hello();
      const page = await (
        await fetch(`${server.url}/api/v1/rooms/${room}/messages`, {
          headers: { authorization: `Bearer ${ann.token}` },
        })
      ).json();
      expect((page as { messages: { name: string; walk_in?: boolean }[] }).messages[1]).toMatchObject({
        name: "Ada",
        walk_in: true,
      });
      line.close();
    } finally {
      await server.end();
    }
  }, 30_000);

  test("invalid lines are reported, and all others are imported", async () => {
    const lines = messages.slice(0, 4).map((each) => `  ${JSON.stringify(each)}`);
    const broken = [
      lines[0],
      '  {"id": "b1", "room_id": "x", "content": "no end}',
      lines[1],
      '  {"id": "b2", "content": }',
      '  {"id": "b3", "content": "not closed"',
      lines[2],
      '  {"id": "b4", "content": "too much"]}',
      "  null",
      `${lines[3]}`,
    ];
    const into = write("broken", {
      rooms: JSON.stringify(rooms, null, 1),
      messages: `[\n${broken.join(",\n")}\n]\n`,
    });
    const dataDir = fresh();
    const done = await parley("import", into, "--data-dir", dataDir);
    expect(done.out).toContain("messages: 4 added, 0 present already, 4 skipped");
    for (const line of [3, 5, 6, 8]) expect(done.out).toContain(`messages.json:${line}: `);
    expect(said(dataDir)).toHaveLength(4);
  });

  test("an import that was killed adds the rest, once", async () => {
    const many = Array.from({ length: 20_000 }, (_, i) =>
      message(`k${i}`, GENERAL, `u${i % 50}`, `number ${i}`, 1_700_000_000 + i),
    );
    const into = write("killed", { rooms: JSON.stringify(rooms), messages: JSON.stringify(many) });
    const dataDir = fresh();
    const cli = join(root, "cli/src/main.ts");
    const child = spawn(process.execPath, [cli, "import", into, "--data-dir", dataDir]);
    const gone = new Promise((resolve) => child.on("exit", resolve));
    await until(20_000, "some are in", () => {
      // Not before the store is set up: a reader would lock it.
      if (!existsSync(join(dataDir, "parley.db-wal"))) return undefined;
      try {
        return said(dataDir).length > 1_500 || undefined;
      } catch {
        return undefined;
      }
    });
    child.kill("SIGKILL");
    await gone;
    const part = said(dataDir).length;
    expect(part).toBeLessThan(20_000);
    const done = JSON.parse((await parley("import", into, "--data-dir", dataDir, "--json")).out);
    expect(done.messages).toMatchObject({ added: 20_000 - part, there: part, later: 0 });
    expect(said(dataDir)).toEqual(
      many.map(
        ({ username, content, timestamp }) =>
          `General ${username} ${content} ${new Date(Number(timestamp) * 1_000).toISOString()}`,
      ),
    );
    expectHealthy(dataDir);
  }, 60_000);

  test("an export in this format is imported once, also into the store it comes from", async () => {
    const source = fresh();
    const store = await openStore(source);
    await new Workload(store, new Random(4711)).run(400);
    await store.close();
    const json = join(folder, "as-json");
    expect(await parley("export", json, "--format", "json", "--data-dir", source)).toMatchObject({ code: 0 });
    const before = tablesOf(source);
    const same = JSON.parse((await parley("import", json, "--data-dir", source, "--json")).out);
    expect(same).toMatchObject({ rooms: { made: 0, skipped: 0 }, messages: { added: 0, skipped: 0 } });
    expect(tablesOf(source)).toEqual(before);
    const dataDir = fresh();
    const other = JSON.parse((await parley("import", json, "--data-dir", dataDir, "--json")).out);
    expect(other).toMatchObject({
      messages: { added: same.messages.there, skipped: 0 },
      rooms: { joined: 1, skipped: 0 },
    });
    const texts = (lines: string[]) => lines.map((line) => line.replace(/ \S+$/, "")).sort();
    const back = join(folder, "as-json-again");
    await parley("export", back, "--format", "json", "--data-dir", dataDir);
    const contents = (path: string) =>
      texts(
        (
          JSON.parse(readFileSync(join(path, "messages.json"), "utf8")) as {
            username: string;
            content: string;
          }[]
        ).map(({ username, content }) => `${username} ${content} `),
      );
    expect(contents(back)).toEqual(contents(json));
    expectHealthy(dataDir);
  }, 60_000);

  test("a folder with other files is rejected", async () => {
    const into = join(folder, "nothing");
    mkdirSync(into);
    appendFileSync(join(into, "notes.txt"), "no export");
    expect((await parley("import", into, "--data-dir", fresh())).err).toContain("holds no export");
    expect((await parley("import", join(folder, "not-there"), "--data-dir", fresh())).err).toContain(
      "There is no folder",
    );
  });
});
