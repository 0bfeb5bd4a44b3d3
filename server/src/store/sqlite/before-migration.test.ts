import { afterAll, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { LOBBY } from "@parley/protocol";
import { World } from "../contract/world.contract.ts";
import { MIGRATIONS } from "../migrations/list.ts";
import { backupBeforeMigration } from "./before-migration.ts";
import { restoreSqlite } from "./copies/restore.ts";
import { toFormat } from "./engine/format-4.contract.ts";
import { openSqliteStore } from "./sqlite.ts";

const root = mkdtempSync(join(tmpdir(), "parley-before-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const NEWEST = MIGRATIONS.at(-1)?.version;

const never = () => {
  throw new Error("not here");
};
let made = 0;

async function oldStore(): Promise<string> {
  const dataDir = join(root, `data-${++made}`);
  const store = await openSqliteStore({ dataDir, onFatal: never });
  const world = new World({ store, reopen: never, setClock: never, traces: never, discard: never });
  const ann = await world.guest("Ann");
  await world.verdicts(world.command(ann, { kind: "join_room", room: LOBBY }), world.send(ann, LOBBY, "tea"));
  await store.close();
  toFormat(join(dataDir, "parley.db"), 4);
  return dataDir;
}

function versionOf(path: string): unknown {
  const database = new DatabaseSync(path, { readOnly: true });
  const row = database.prepare("SELECT value FROM meta WHERE key = 'version'").get();
  database.close();
  return Number(row?.value);
}

test("a store of an older format is copied before it is migrated, and the start reports its progress", async () => {
  const dataDir = await oldStore();
  const reports: [string, number][] = [];
  const onProgress = (what: string, done: number) => reports.push([what, done]);
  await (await openSqliteStore({ dataDir, onFatal: never, onProgress })).close();
  const [name, ...others] = readdirSync(join(dataDir, "backups"));
  expect(others).toEqual([]);
  const backup = join(dataDir, "backups", String(name));
  expect(versionOf(backup)).toBe(4);
  expect(statSync(backup).mode & 0o777).toBe(0o600);
  expect(statSync(join(dataDir, "backups")).mode & 0o777).toBe(0o700);
  expect(versionOf(join(dataDir, "parley.db"))).toBe(NEWEST);
  expect(reports[0]?.[0]).toContain("backup");
  expect(reports.at(-1)).toEqual([`the store is brought to format ${NEWEST}`, 1]);

  // It can be restored like any backup, also into the folder that it is in.
  const restored = await restoreSqlite({ file: backup, dataDir, force: true, now: 1 });
  expect(restored.messages).toBe(1);
  expect(existsSync(backup)).toBe(true);
});

test("a start that is repeated makes no second copy; one with other content does", async () => {
  const dataDir = await oldStore();
  const first = await backupBeforeMigration({ dataDir, now: 1 });
  expect(await backupBeforeMigration({ dataDir, now: 2 })).toBe(first);
  expect(readdirSync(join(dataDir, "backups"))).toHaveLength(1);
  await (await openSqliteStore({ dataDir, onFatal: never, backup: false })).close();
  expect(await backupBeforeMigration({ dataDir, now: 3 })).toBeNull();
  expect(readdirSync(join(dataDir, "backups"))).toHaveLength(1);
});

test("without disk space for the copy nothing is changed, and the message says what to do", async () => {
  const dataDir = await oldStore();
  const size = statSync(join(dataDir, "parley.db")).size;
  const before = backupBeforeMigration({ dataDir, now: 1, freeBytes: () => size * 2 });
  expect(before).rejects.toThrow(/no room: \d+ MB are free, \d+ MB are needed.*BACKUP_BEFORE_MIGRATION=off/);
  await before.catch(() => {});
  expect(existsSync(join(dataDir, "backups"))).toBe(false);
  expect(versionOf(join(dataDir, "parley.db"))).toBe(4);
});

test("a new store and one of this format are not copied", async () => {
  const dataDir = join(root, "new");
  const reports: string[] = [];
  const open = () => openSqliteStore({ dataDir, onFatal: never, onProgress: (what) => reports.push(what) });
  await (await open()).close();
  await (await open()).close();
  expect(existsSync(join(dataDir, "backups"))).toBe(false);
  expect(reports).toEqual([]);
});
