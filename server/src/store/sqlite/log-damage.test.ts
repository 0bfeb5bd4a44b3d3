import { afterAll, describe, expect, test } from "bun:test";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isFault, LOBBY } from "@parley/protocol";
import { World } from "../contract/world.contract.ts";
import { examineSqlite } from "./doctor/doctor.ts";
import { redactTokensSqlite } from "./engine/redact-tokens.ts";
import { acknowledgeDamage, commitsBehind, readDamage } from "./log-damage.ts";
import { openSqliteStore } from "./sqlite.ts";
import { exportSqlite } from "./transfer/export.ts";
import { importSqlite } from "./transfer/import.ts";

const root = mkdtempSync(join(tmpdir(), "parley-damage-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const never = () => {
  throw new Error("not here");
};
const open = (dataDir: string) => openSqliteStore({ dataDir, onFatal: never });
const FRAME = 4_096 + 24;
const MESSAGES = 40;

/** A store whose server was killed: all its content is in the log. */
async function killed(): Promise<string> {
  const dataDir = join(root, "original");
  if (existsSync(dataDir)) return dataDir;
  const live = join(root, "live");
  const store = await open(live);
  const world = new World({ store, reopen: never, setClock: never, traces: never, discard: never });
  const ann = await world.guest("Ann");
  await world.accepted(world.command(ann, { kind: "join_room", room: LOBBY }));
  for (let i = 0; i < MESSAGES; i++) await world.accepted(world.send(ann, LOBBY, `message ${i}`));
  cpSync(live, dataDir, { recursive: true });
  await store.close();
  return dataDir;
}

async function spoilt(name: string, change: (log: Buffer) => Buffer | undefined): Promise<string> {
  const dataDir = join(root, name);
  cpSync(await killed(), dataDir, { recursive: true });
  const path = join(dataDir, "parley.db-wal");
  const log = readFileSync(path);
  writeFileSync(path, change(log) ?? log);
  return dataDir;
}

/** Starts a server on it. How many events the lobby has, and whether the lineage is another. */
async function start(dataDir: string) {
  const store = await open(dataDir);
  const events = await store.after(LOBBY, 0, 1_000, "node");
  const { epoch } = store;
  await store.close();
  return { count: isFault(events) ? 0 : events.length, epoch };
}

describe("a log of the store", () => {
  test("without damage is accepted, also when its last commit is half written", async () => {
    const whole = await spoilt("whole", () => undefined);
    const { count, epoch } = await start(whole);
    expect(count).toBe(MESSAGES + 2);
    expect(readDamage(whole)).toBeNull();
    // Cut at several offsets of its last commit, and with its last page torn.
    const size = statSync(join(await killed(), "parley.db-wal")).size;
    for (const [i, bytes] of [1, 24, 4_000, FRAME, FRAME + 5].entries()) {
      const cut = await spoilt(`cut-${i}`, () => undefined);
      truncateSync(join(cut, "parley.db-wal"), size - bytes);
      expect((await start(cut)).epoch).toBe(epoch);
      expect(readDamage(cut)).toBeNull();
    }
    const torn = await spoilt("torn", (log) => void log.fill(0, log.length - 2_000));
    expect((await start(torn)).count).toBeLessThan(MESSAGES + 2);
    expect(readDamage(torn)).toBeNull();
  });

  test.each([
    ["a page in the middle", (log: Buffer) => void log.fill(7, 32 + FRAME * 30 + 500, 32 + FRAME * 30 + 600)],
    ["a frame's header", (log: Buffer) => void log.fill(0, 32 + FRAME * 20, 32 + FRAME * 20 + 24)],
    ["the log's header", (log: Buffer) => void log.fill(9, 0, 16)],
    ["the checksum of its header", (log: Buffer) => void log.fill(9, 24, 32)],
  ])(
    "with damage in %s is reported until it is acknowledged, and the store gets another lineage",
    async (name, change) => {
      const { epoch } = await start(await spoilt(`before ${name}`, () => undefined));
      const dataDir = await spoilt(name, change);
      const damaged = readFileSync(join(dataDir, "parley.db-wal"));
      const found = await start(dataDir);
      expect(found.count).toBeLessThan(MESSAGES + 2);
      expect(found.epoch).not.toBe(epoch);
      const damage = readDamage(dataDir);
      expect(damage?.commits).toBeGreaterThan(1);
      expect(readFileSync(join(dataDir, String(damage?.kept)))).toEqual(damaged);
      // The next start finds no damage, and still reports the first.
      expect((await start(dataDir)).epoch).toBe(found.epoch);
      expect(readDamage(dataDir)).toEqual(damage);
      expect(
        examineSqlite({ dataDir, deep: false })
          .findings.map(({ text }) => text)
          .join(),
      ).toContain("commits were lost");
      expect(acknowledgeDamage(dataDir)).toEqual(damage);
      expect(readDamage(dataDir)).toBeNull();
      expect(acknowledgeDamage(dataDir)).toBeNull();
      expect(examineSqlite({ dataDir, deep: false }).drift).toBe(0);
    },
  );

  test("that started over: frames of the earlier log are not counted", async () => {
    const dataDir = await spoilt("anew", () => undefined);
    const path = join(dataDir, "parley.db-wal");
    const log = readFileSync(path);
    // All frames but the first are of an earlier log.
    for (let at = 32 + FRAME; at + FRAME <= log.length; at += FRAME) log.writeUInt32BE(12_345, at + 8);
    writeFileSync(path, log);
    expect(commitsBehind(path, 1)).toBe(0);
    expect(commitsBehind(join(dataDir, "none"), 0)).toBe(0);
  });

  const dump = async () => {
    const folder = join(root, "dump");
    if (existsSync(folder)) return folder;
    const dataDir = await spoilt("exported", () => undefined);
    await start(dataDir);
    exportSqlite({ dataDir, folder, format: "ndjson", force: false, now: 1, version: "test" });
    return folder;
  };
  const legacy = async () => {
    const folder = join(root, "legacy");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "rooms.json"), "[]");
    return folder;
  };
  const importing = async (folder: string, dataDir: string, dryRun: boolean) =>
    importSqlite({ folder, dataDir, dryRun, now: 1 });
  // Closing the last connection checkpoints and removes the log, so that a start could not find the damage any more.
  test.each<[string, (dataDir: string) => Promise<unknown>]>([
    ["an import of rooms", async (dataDir) => importing(await legacy(), dataDir, false)],
    ["a trial of it", async (dataDir) => importing(await legacy(), dataDir, true)],
    ["an import of a dump", async (dataDir) => importing(await dump(), dataDir, false)],
    [
      "the deletion of tokens",
      async (dataDir) => redactTokensSqlite({ dataDir, now: 1, tokenHash: (token) => token }),
    ],
  ])("with damage is kept and reported by %s, which changes nothing else", async (name, run) => {
    const { epoch } = await start(await spoilt(`before ${name}`, () => undefined));
    const dataDir = await spoilt(name, (log) => void log.fill(0, 32 + FRAME * 20, 32 + FRAME * 20 + 24));
    const damaged = readFileSync(join(dataDir, "parley.db-wal"));
    await expect(run(dataDir)).rejects.toThrow("commits of the store");
    const damage = readDamage(dataDir);
    expect(damage?.commits).toBeGreaterThan(1);
    expect(readFileSync(join(dataDir, String(damage?.kept)))).toEqual(damaged);
    // It is rejected until the operator acknowledges the damage, and the clients reload.
    await expect(run(dataDir)).rejects.toThrow("parley acknowledge");
    expect(readDamage(dataDir)).toEqual(damage);
    const found = await start(dataDir);
    expect(found.epoch).not.toBe(epoch);
    expect(found.count).toBeLessThan(MESSAGES + 2);
    acknowledgeDamage(dataDir);
    const outcome = await run(dataDir).catch((error: Error) => error.message);
    expect(String(outcome)).not.toContain("commits of the store");
  });

  test("with damage from its beginning does not make the store count as unused for an import", async () => {
    const dataDir = await spoilt("all lost", (log) => void log.fill(0, 32, 32 + 24));
    await expect(importing(await dump(), dataDir, false)).rejects.toThrow("commits of the store");
    expect(readDamage(dataDir)?.commits).toBeGreaterThan(1);
  });
});
