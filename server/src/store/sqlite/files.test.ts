import { afterEach, describe, expect, test } from "bun:test";
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { isFault, LOBBY } from "@parley/protocol";
import { accepted, allEvents, World, word } from "../contract/world.contract.ts";
import type { Store } from "../store.ts";
import { makeDurable } from "./engine/durability.ts";
import { failure } from "./engine/errors.ts";
import { SqliteFile } from "./engine/file.ts";
import { openSqliteStore } from "./sqlite.ts";

const made: string[] = [];
afterEach(() => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "parley-files-"));
  made.push(path);
  return path;
}

const fatal = (error: Error) => {
  throw error;
};
const open = (dataDir: string) => openSqliteStore({ dataDir, onFatal: fatal });

/** A world on a store that the test itself opens and closes. */
function worldOn(store: Store): World {
  const never = () => {
    throw new Error("not here");
  };
  return new World({ store, reopen: never, setClock: never, traces: never, discard: never });
}

const MODULE = JSON.stringify(join(import.meta.dir, "sqlite.ts"));

describe("one process a store", () => {
  test("a second process is rejected with a message that says what to do", async () => {
    const dataDir = folder();
    const store = await open(dataDir);
    const program = `import { openSqliteStore } from ${MODULE};
      try { await openSqliteStore({ dataDir: ${JSON.stringify(dataDir)}, onFatal() {} }); console.log("opened"); }
      catch (error) { console.log(error.message); }
      process.exit();`;
    const second = () => spawnSync(process.execPath, ["-e", program], { encoding: "utf8" }).stdout;
    expect(second()).toContain("Another Parley is running on this data folder");
    await expect(open(dataDir)).rejects.toThrow("Another Parley");
    await store.close();
    expect(second()).toBe("opened\n");
  });

  test("a store of a newer version is rejected, and not changed", async () => {
    const dataDir = folder();
    await (await open(dataDir)).close();
    const raise = (by: number) => {
      const database = new DatabaseSync(join(dataDir, "parley.db"));
      database.exec(`UPDATE meta SET value = value + ${by} WHERE key = 'version'`);
      database.close();
    };
    raise(997);
    await expect(open(dataDir)).rejects.toThrow("written by a newer Parley");
    raise(-997);
    await (await open(dataDir)).close();
  });
});

describe("P1 durability", () => {
  const answers = { journal_mode: "wal", synchronous: 2, foreign_keys: 1, busy_timeout: 5_000 };
  const file = (weak: object) => ({
    pragma: (text: string) => ({ ...answers, ...weak })[text as keyof typeof answers],
  });

  test.each([
    [{ journal_mode: "delete" }],
    [{ synchronous: 1 }],
    [{ synchronous: 0 }],
    [{ foreign_keys: 0 }],
    [{ busy_timeout: 0 }],
  ])("refuses %j, unless that was asked for", (weak) => {
    expect(() => makeDurable(file(weak), false)).toThrow("cannot promise durability");
    expect(() => makeDurable(file(weak), true)).not.toThrow();
    expect(() => makeDurable(file({}), false)).not.toThrow();
  });

  test("a real file is durable, memory is not", () => {
    const memory = new SqliteFile(":memory:");
    expect(() => makeDurable(memory, false)).toThrow("journal_mode is memory");
    memory.close();
    const real = new SqliteFile(join(folder(), "real.db"));
    makeDurable(real, false);
    expect(real.pragma("synchronous")).toBe(2);
    makeDurable(real, true);
    expect(real.pragma("synchronous")).toBe(0);
    real.close();
  });

  test("kill -9 in the middle of commits: acknowledged messages are there, once, under their seq", async () => {
    const dataDir = folder();
    for (let cycle = 0; cycle < 4; cycle++) {
      const acks = await killedWriter(dataDir, 20 + cycle * 15);
      const store = await open(dataDir);
      const events = await allEvents(store, LOBBY);
      expect(events.map(({ seq }) => seq)).toEqual(events.map((_, i) => i + 1));
      const nonces = events.flatMap((event) => (event.kind === "message_sent" ? [event.nonce] : []));
      expect(new Set(nonces).size).toBe(nonces.length);
      for (const { seq, id } of acks) expect(events[seq - 1]?.id).toBe(id);
      const again = await store.commit(acks.map(({ command }) => command));
      for (const [i, verdict] of again.verdicts.entries()) {
        const { placed, duplicate } = accepted(verdict);
        expect(duplicate).toBe(true);
        expect(placed).toEqual([{ feed: LOBBY, seq: acks[i]?.seq as number, id: acks[i]?.id as string }]);
      }
      await store.close();
    }
  });

  test("damage on the disk ends the process: the batch is never answered", async () => {
    const dataDir = folder();
    const crowd = Array.from({ length: 3_000 }, (_, i) => {
      return { token_hash: `t${i}`, name: `guest ${i}`, id: `user ${i}`, at: 1 };
    });
    const first = await open(dataDir);
    await first.signIn(crowd);
    await first.close();
    let report: (error: Error) => void = fatal;
    const reported = new Promise<Error>((resolve) => {
      report = resolve;
    });
    const store = await openSqliteStore({ dataDir, onFatal: (error) => report(error) });
    // All but the first page: more than the cache of the writer.
    truncateSync(join(dataDir, "parley.db"), 4_096);
    let answered = false;
    const actor = { id: "user 1500", name: "guest 1500", walk_in: false };
    const body = { kind: "join_room", room: LOBBY } as const;
    void store.commit([{ actor, nonce: "n", at: 1, body }]).finally(() => {
      answered = true;
    });
    expect((await reported).message).toContain("malformed");
    await store.close();
    expect(answered).toBe(false);
  });

  test("FT-4 errors of SQLite are classified", () => {
    const code = (errcode: number) => failure(Object.assign(new Error("x"), { errcode }));
    expect([10, 10 | (4 << 8), 11, 26].map(code)).toEqual(["fatal", "fatal", "fatal", "fatal"]);
    expect([13, 10 | (19 << 8)].map(code)).toEqual(["full", "full"]);
    expect([19, 19 | (6 << 8), 1].map(code)).toEqual(["other", "other", "other"]);
    expect(failure(new TypeError("a defect"))).toBe("other");
    expect(failure(undefined)).toBe("other");
  });
});

const small = smallDisk();
if ("refused" in small) console.warn(`The test of a full disk is skipped: ${small.refused}`);

/** Only root may mount the small disk that this test needs; its result does not depend on the machine. */
test.skipIf("refused" in small)(
  "FT-4 a full disk refuses writes, reads go on, and it goes on when there is space",
  async () => {
    const mount = folder();
    const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=4m", "tmpfs", mount]);
    expect(mounted.status).toBe(0);
    try {
      const store = await open(mount);
      const world = worldOn(store);
      const ann = await world.guest("Ann");
      await world.accepted(world.command(ann, { kind: "join_room", room: LOBBY }));
      writeFileSync(join(mount, "filler"), Buffer.alloc(2_500_000));
      const text = "full ".repeat(1_500);
      const sent = [];
      let refused = world.send(ann, LOBBY, text);
      for (let i = 0; i < 1_000; i++) {
        refused = world.send(ann, LOBBY, text);
        const [verdict] = await world.verdicts(refused);
        if (verdict && word(verdict) === "storage") break;
        sent.push(accepted(verdict).placed[0]?.seq);
      }
      expect(sent.length).toBeGreaterThan(0);
      expect((await world.verdicts(refused, world.send(ann, LOBBY, text))).map(word)).toEqual([
        "storage",
        "storage",
      ]);
      const [guest] = await store.signIn([{ token_hash: "b", name: "Bob", id: "b", at: 1 }]);
      if (guest && isFault(guest)) expect(guest.fault).toBe("storage");
      expect((await world.events(LOBBY)).length).toBe(2 + sent.length);
      rmSync(join(mount, "filler"));
      expect((await world.accepted(refused)).placed[0]?.seq).toBe(3 + sent.length);
      await store.close();
    } finally {
      spawnSync("umount", [mount]);
    }
  },
);

function smallDisk(): { readonly ready: true } | { readonly refused: string } {
  if (process.getuid?.() !== 0) return { refused: "only root may mount a small disk" };
  const path = mkdtempSync(join(tmpdir(), "parley-mount-"));
  const tried = spawnSync("mount", ["-t", "tmpfs", "-o", "size=4m", "tmpfs", path], { encoding: "utf8" });
  if (tried.status === 0) spawnSync("umount", [path]);
  rmSync(path, { recursive: true });
  return tried.status === 0
    ? { ready: true }
    : { refused: `mounting is not allowed here (${tried.stderr?.trim()})` };
}

type Ack = {
  readonly command: Parameters<Store["commit"]>[0][number];
  readonly seq: number;
  readonly id: string;
};

/** A process that sends to the lobby in batches and prints what was acknowledged, until it is killed. */
async function killedWriter(dataDir: string, after: number): Promise<Ack[]> {
  const program = `import { openSqliteStore } from ${MODULE};
    const store = await openSqliteStore({ dataDir: ${JSON.stringify(dataDir)}, onFatal() {} });
    const [user] = await store.signIn([{ token_hash: "t", name: "Ann", id: crypto.randomUUID(), at: 1 }]);
    const actor = { ...user, walk_in: false };
    const make = (body) => ({ actor, nonce: crypto.randomUUID(), at: Date.now(), body: { room: "lobby", ...body } });
    await store.commit([make({ kind: "join_room" })]);
    for (;;) {
      const batch = Array.from({ length: 7 }, (_, i) => make({ kind: "send_message", text: "message " + i }));
      const { verdicts } = await store.commit(batch);
      const acks = verdicts.map(({ placed: [{ seq, id }] }, i) => ({ command: batch[i], seq, id }));
      process.stdout.write(acks.map((ack) => JSON.stringify(ack) + "\\n").join(""));
    }`;
  const child = spawn(process.execPath, ["-e", program], { stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  for await (const chunk of child.stdout.setEncoding("utf8")) {
    text += chunk;
    if (!child.killed && text.split("\n").length > after) child.kill("SIGKILL");
  }
  const lines = text.split("\n").slice(0, -1);
  expect(lines.length).toBeGreaterThanOrEqual(after);
  return lines.map((line) => JSON.parse(line));
}
