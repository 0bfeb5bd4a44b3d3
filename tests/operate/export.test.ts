import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LOBBY } from "@parley/protocol";
import { parley } from "../support/cli.ts";
import { newNonce, newToken, startTestServer, type TestServer, WireClient } from "../support/test-server.ts";

const folder = mkdtempSync(join(tmpdir(), "parley-export-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let server: TestServer;
let ann: WireClient;
let epoch = "";
let made = 0;
const fresh = () => join(folder, `export-${++made}`);
const attic = newNonce();
const kitchen = newNonce();

/** A running server with content of every kind that an export may leave out. */
beforeAll(async () => {
  server = await startTestServer();
  ann = new WireClient(server, newToken());
  ({ epoch } = await ann.join("Ann"));
  await ann.command({
    kind: "create_room",
    room: kitchen,
    room_kind: "public",
    name: "Kitchen",
    members: [],
  });
  await ann.command({ kind: "create_room", room: attic, room_kind: "private", name: "Attic", members: [] });
  const gone = newNonce();
  await ann.command({ kind: "create_room", room: gone, room_kind: "public", name: "Gone", members: [] });
  const say = async (room: string, text: string) => {
    const sent = await ann.command({ kind: "send_message", room, text });
    return "events" in sent ? (sent.events[0]?.id ?? "") : "";
  };
  await say(LOBBY, "in the lobby");
  await say(attic, "in the attic");
  await say(gone, "in a room that is gone");
  await ann.command({ kind: "delete_room", room: gone });
  const edited = await say(kitchen, "first words");
  await ann.command({ kind: "edit_message", room: kitchen, message: edited, text: 'second "words"\n' });
  await ann.command({ kind: "delete_message", room: kitchen, message: await say(kitchen, "never mind") });
  const loved = await say(kitchen, "the last");
  await ann.command({ kind: "add_reaction", room: kitchen, message: loved, emoji: "🎉" });
});
afterAll(async () => {
  ann.close();
  await server.end();
});

const read = (path: string, name: string) => readFileSync(join(path, name), "utf8");

describe("with a running server", () => {
  test("json matches the REST API of the small chat server, for all public rooms", async () => {
    const to = fresh();
    const done = await parley("export", to, "--format", "json", "--data-dir", server.dataDir);
    expect(done).toMatchObject({ code: 0, err: "" });
    expect(done.out).toContain("Exported 2 rooms, 3 messages");
    expect(readdirSync(to).sort()).toEqual(["messages.json", "rooms.json"]);
    const rooms = JSON.parse(read(to, "rooms.json"));
    // That list leaves out the lobby; its messages are exported, and so is the lobby.
    expect(rooms[0]).toMatchObject({ id: LOBBY, name: "Lobby" });
    expect(rooms.slice(1)).toEqual(await (await fetch(`${server.url}/api/chat/rooms`)).json());
    expect(rooms.map(({ name }: { name: string }) => name)).toEqual(["Lobby", "Kitchen"]);
    const shown = await Promise.all(
      [LOBBY, kitchen].map(async (room) =>
        (await fetch(`${server.url}/api/chat/rooms/${room}/messages`)).json(),
      ),
    );
    expect(JSON.parse(read(to, "messages.json"))).toEqual(shown.flat());
    expect(shown.flat()).toHaveLength(3);
    expect(shown[1][0]).toMatchObject({ username: "Ann", content: 'second "words"\n' });
  });

  test("ndjson is complete, has checksums, and is readable for its owner only", async () => {
    const to = fresh();
    expect(await parley("export", to, "--data-dir", server.dataDir)).toMatchObject({ code: 0, err: "" });
    const meta = JSON.parse(read(to, "meta.json"));
    expect(meta).toMatchObject({ format: "parley", format_version: 1, epoch });
    for (const [name, { bytes, sha256 }] of Object.entries(
      meta.files as Record<string, { bytes: number; sha256: string }>,
    )) {
      const text = readFileSync(join(to, name));
      expect([text.length, createHash("sha256").update(text).digest("hex")]).toEqual([bytes, sha256]);
      expect(text.toString().split("\n").length - 1).toBe(meta.counts[name.replace(".ndjson", "")]);
      expect(statSync(join(to, name)).mode & 0o777).toBe(0o600);
    }
    expect(statSync(to).mode & 0o777).toBe(0o700);
    const lines = (name: string) =>
      read(to, `${name}.ndjson`)
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line));
    const events = lines("events");
    expect(events.find(({ body }) => body.text === "in the attic")).toMatchObject({
      feed: attic,
      kind: "message_sent",
      name: "Ann",
    });
    expect(lines("nonces").length).toBeGreaterThan(8);
    expect(lines("rooms")).toContainEqual(expect.objectContaining({ state: "deleted", name: null }));
    // No deleted text and no token is in it.
    const all = readdirSync(to)
      .map((name) => read(to, name))
      .join("");
    for (const gone of ["never mind", "in a room that is gone", ann.token]) expect(all).not.toContain(gone);
  });
});

describe("a folder", () => {
  test("that is not empty is changed only with --force, which keeps other files", async () => {
    const to = fresh();
    mkdirSync(to);
    writeFileSync(join(to, "mine.txt"), "mine");
    const refused = await parley("export", to, "--data-dir", server.dataDir);
    expect(refused.code).toBe(1);
    expect(refused.err).toContain("is not empty");
    expect(readdirSync(to)).toEqual(["mine.txt"]);
    expect(await parley("export", to, "--data-dir", server.dataDir, "--force")).toMatchObject({ code: 0 });
    expect(existsSync(join(to, "meta.json"))).toBe(true);
    expect(
      await parley("export", to, "--data-dir", server.dataDir, "--force", "--format", "json"),
    ).toMatchObject({ code: 0 });
    expect(readdirSync(to).sort()).toEqual(["messages.json", "mine.txt", "rooms.json"]);
  });

  test("that is empty is used, and no other files are left next to it", async () => {
    const to = join(folder, "empty", "inside");
    mkdirSync(to, { recursive: true });
    expect(await parley("export", to, "--data-dir", server.dataDir)).toMatchObject({ code: 0 });
    expect(readdirSync(join(folder, "empty"))).toEqual(["inside"]);
  });

  test.each([
    [["/no/such/place/export"], 1, "There is no folder /no/such/place"],
    [[], 2, "export needs FOLDER"],
    [["x", "--format", "xml"], 2, "--format takes ndjson or json"],
  ])("%j is refused", async (args, code, says) => {
    const refused = await parley("export", ...args, "--data-dir", server.dataDir);
    expect(refused.code).toBe(code);
    expect(refused.err).toContain(says);
  });

  test("without a store is rejected", async () => {
    const refused = await parley("export", fresh(), "--data-dir", join(folder, "none"));
    expect(refused.err).toContain("There is no store");
  });
});

test("an export is a consistent snapshot during writes", async () => {
  let talking = true;
  const talk = (async () => {
    const line = new WireClient(server, newToken());
    await line.join("Bob");
    while (talking)
      await Promise.all(
        Array.from({ length: 20 }, () =>
          line.command({ kind: "send_message", room: kitchen, text: "and on" }),
        ),
      );
    line.close();
  })();
  const to = fresh();
  for (let i = 0; i < 3; i++) {
    expect(await parley("export", to, "--data-dir", server.dataDir, "--force")).toMatchObject({ code: 0 });
    const dry = await parley("import", to, "--data-dir", join(folder, "dry"), "--dry-run");
    expect(dry).toMatchObject({ code: 0, err: "" });
  }
  talking = false;
  await talk;
}, 30_000);

test("each of them has a help text", async () => {
  const list = await parley("help");
  for (const subcommand of ["export", "import"]) {
    expect(list.out).toContain(`  ${subcommand} `);
    const { out } = await parley(subcommand, "--help");
    expect(out).toContain(`Usage: parley ${subcommand} FOLDER [options]`);
    expect(out).toContain("--data-dir FOLDER");
  }
});
