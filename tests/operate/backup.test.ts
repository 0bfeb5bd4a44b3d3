import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { backup, examine, restore } from "@parley/server/offline.ts";
import { openSqliteStore } from "@parley/server/store/sqlite/sqlite.ts";
import type { Store } from "@parley/server/store/store.ts";
import { until } from "../support/child-process.ts";
import { parley } from "../support/cli.ts";
import { Random } from "../support/random.ts";
import { readStore } from "../support/recording/read-store.ts";
import { Workload } from "./workload.ts";

const folder = mkdtempSync(join(tmpdir(), "parley-backup-"));
const dataDir = join(folder, "data");
let store: Store;

const open = (path: string) =>
  openSqliteStore({
    dataDir: path,
    unsafeDurability: true,
    onFatal: (error) => {
      throw error;
    },
  });

beforeAll(async () => {
  store = await open(dataDir);
  await new Workload(store, new Random(7)).run(300);
  await until(20_000, "what the workload deleted is removed", () => (hasPurges() ? undefined : true));
}, 60_000);
afterAll(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

function hasPurges(): boolean {
  const database = new DatabaseSync(join(dataDir, "parley.db"), { readOnly: true });
  const row = database.prepare("SELECT COUNT(*) AS count FROM purges").get();
  database.close();
  return row?.["count"] !== 0;
}

const at = (name: string) => join(folder, name);
const save = (file: string, force = false) => backup({ dataDir, file, force, now: 1_800_000_000_000 });
const bring = (file: string, into: string, force = false) =>
  restore({ file, dataDir: into, force, now: 1_800_000_100_000 });

describe("backup of an open store", () => {
  test("is one consistent file, readable for its owner only, and leaves no other files", async () => {
    const steps: number[] = [];
    const file = at("whole.backup");
    const made = await backup({
      dataDir,
      file,
      force: false,
      now: 1,
      progress: (done, total) => steps.push(done / total),
    });
    const { events } = readStore(dataDir);
    expect(made.messages).toBe(events.filter(({ kind }) => kind === "message_sent").length);
    expect(made.bytes).toBe(statSync(file).size);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder).filter((name) => name.startsWith("whole"))).toEqual(["whole.backup"]);
    expect(steps.every((step) => step <= 1)).toBe(true);
    const copy = at("as-store");
    mkdirSync(copy);
    copyFileSync(file, join(copy, "parley.db"));
    expect(readStore(copy).events).toEqual(events);
  });

  test("is a consistent snapshot also during writes", async () => {
    const workload = new Workload(store, new Random(8));
    const writing = workload.run(200);
    for (let turn = 0; turn < 3; turn++) {
      const file = at(`moment-${turn}.backup`);
      await save(file);
      const copy = at(`moment-${turn}`);
      await bring(file, copy);
      expect(examine({ dataDir: copy, deep: true, now: Date.now })).toMatchObject({ drift: 0, findings: [] });
    }
    await writing;
  }, 60_000);

  test("replaces a file only with force, and never a folder or the store itself", async () => {
    const file = at("there");
    writeFileSync(file, "mine");
    await expect(save(file)).rejects.toThrow("say --force");
    expect(readFileSync(file, "utf8")).toBe("mine");
    await save(file, true);
    expect(readFileSync(file).subarray(0, 6).toString()).toBe("SQLite");
    await expect(save(folder, true)).rejects.toThrow("is a folder");
    await expect(save(join(dataDir, "parley.db"), true)).rejects.toThrow("belongs to the store itself");
    await expect(save(join(folder, "no", "such", "file"))).rejects.toThrow("Make it first");
    const nowhere = backup({ dataDir: at("nowhere"), file: at("x"), force: false, now: 1 });
    await expect(nowhere).rejects.toThrow("There is no store in");
    expect(existsSync(at("nowhere"))).toBe(false);
  });

  test("of a store that was never closed contains what is only in its log", async () => {
    const killed = at("killed");
    // The state after kill -9: the log is not checkpointed.
    cpSync(dataDir, killed, { recursive: true });
    const file = at("killed.backup");
    await backup({ dataDir: killed, file, force: false, now: 1 });
    const into = at("killed-restored");
    await bring(file, into);
    expect(readStore(into).events).toEqual(readStore(killed).events);
  });
});

describe("restore", () => {
  test("sets a new epoch each time, also when the file is only copied into place", async () => {
    const file = at("lineage.backup");
    await save(file);
    const epochs = new Set([store.epoch]);
    for (const name of ["one", "two"]) {
      const { epoch, copiedAt } = await bring(file, at(name));
      expect(copiedAt).toBe(1_800_000_000_000);
      epochs.add(epoch);
      const opened = await open(at(name));
      expect(opened.epoch).toBe(epoch);
      await opened.close();
    }
    const byHand = at("by-hand");
    mkdirSync(byHand);
    copyFileSync(file, join(byHand, "parley.db"));
    const opened = await open(byHand);
    epochs.add(opened.epoch);
    await opened.close();
    expect(epochs.size).toBe(4);
    const again = await open(byHand);
    expect(epochs).toContain(again.epoch);
    await again.close();
  });

  test("does not change a folder that a server uses, nor one that is not empty without force", async () => {
    const file = at("careful.backup");
    await save(file);
    const before = readStore(dataDir);
    await expect(bring(file, dataDir, true)).rejects.toThrow("Another Parley is running");
    expect(readStore(dataDir)).toEqual(before);
    const others = at("others");
    mkdirSync(others);
    writeFileSync(join(others, "letter.txt"), "dear all");
    await expect(bring(file, others)).rejects.toThrow("is not empty (letter.txt)");
    expect(await bring(file, others, true)).toMatchObject({ movedTo: null });
    expect(readFileSync(join(others, "letter.txt"), "utf8")).toBe("dear all");
  });

  test("moves the old store aside with all its content", async () => {
    const file = at("aside.backup");
    await save(file);
    const into = at("aside");
    await bring(file, into);
    const old = await open(into);
    await new Workload(old, new Random(9)).run(50);
    await old.close();
    const was = readStore(into);
    await expect(bring(file, into)).rejects.toThrow("moved aside");
    expect(readStore(into)).toEqual(was);
    const { movedTo } = await bring(file, into, true);
    expect(readStore(movedTo ?? "")).toEqual(was);
    expect(readStore(into).events.length).toBeLessThan(was.events.length);
  });

  test("interrupted between the old store and the new one, the folder does not count as empty", async () => {
    const file = at("cut.backup");
    await save(file);
    const into = at("cut");
    await bring(file, into);
    // The state after a crash: the old store is aside, the new one is not renamed yet.
    renameSync(join(into, "parley.db"), join(into, "parley.db.restoring"));
    await expect(open(into)).rejects.toThrow("was cut off");
    expect(existsSync(join(into, "parley.db"))).toBe(false);
    await bring(file, into, true);
    await (await open(into)).close();
  });

  test("rejects a file that is not a backup, is damaged or newer, and leaves no files", async () => {
    const file = at("spoilt.backup");
    await save(file);
    const refused = async (name: string, bytes: Buffer, says: string) => {
      const spoilt = at(name);
      writeFileSync(spoilt, bytes);
      const into = at(`into-${name}`);
      await expect(bring(spoilt, into)).rejects.toThrow(says);
      expect(readdirSync(into).filter((each) => !each.startsWith("lock.db"))).toEqual([]);
    };
    await refused("text", Buffer.from("hello ".repeat(1_000)), "is no SQLite file");
    const damaged = readFileSync(file);
    const middle = Math.floor(damaged.length / 8_192) * 4_096;
    damaged.fill(0xab, middle, middle + 12_288);
    await refused("damaged", damaged, "damaged");
    await expect(bring(at("missing"), at("into-missing"))).rejects.toThrow("There is no file");
    const change = (name: string, sql: string) => {
      copyFileSync(file, at(name));
      const database = new DatabaseSync(at(name));
      database.exec(sql);
      database.close();
      return readFileSync(at(name));
    };
    await refused(
      "newer",
      change("newer", "UPDATE meta SET value = '99' WHERE key = 'version'"),
      "newer Parley",
    );
    await refused("foreign", change("foreign", "DROP TABLE events"), "not a store of Parley");
  });
});

describe("the command line", () => {
  test("prints the result as text or as JSON", async () => {
    const file = at("typed.backup");
    const words = await parley("backup", file, "--data-dir", dataDir);
    expect(words).toMatchObject({ code: 0, err: "" });
    expect(words.out).toMatch(
      /^Backed up \d+ rooms, \d+ messages and \d+ users \([\d,]+ bytes\) of .* to .*typed\.backup\.\n$/,
    );
    const again = await parley("backup", file, "--data-dir", dataDir);
    expect(again).toMatchObject({ code: 1, out: "" });
    expect(again.err).toContain("is there already");
    const json = await parley("backup", file, "--force", "--json", "--data-dir", dataDir);
    expect(JSON.parse(json.out)).toMatchObject({ file, bytes: statSync(file).size });
    const back = await parley("restore", file, `--data-dir=${at("typed")}`);
    expect(back.out).toContain("start the server");
    const well = await parley("doctor", "--data-dir", at("typed"));
    expect(well.out).toContain("Healthy");
    const database = new DatabaseSync(join(at("typed"), "parley.db"));
    database.exec("UPDATE rooms SET members = members + 1 WHERE room_no = 1");
    database.close();
    const ill = await parley("doctor", "--data-dir", at("typed"));
    expect(ill.code).toBe(1);
    expect(ill.out).toContain("members is");
    expect(ill.out).toContain("Drift is 1.");
    expect(JSON.parse((await parley("doctor", "--json", "--data-dir", at("typed"))).out)).toMatchObject({
      drift: 1,
    });
  }, 30_000);
});
