import { afterAll, expect, test } from "bun:test";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../support/child-process.ts";
import { parley } from "../support/cli.ts";
import { ServerProcess } from "../support/server-process.ts";

const folder = mkdtempSync(join(tmpdir(), "parley-permissions-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const mode = (...path: string[]) => (statSync(join(folder, ...path)).mode & 0o777).toString(8);
/** The modes of all files in a folder, by name. */
const modes = (path: string) =>
  Object.fromEntries(readdirSync(join(folder, path)).map((name) => [name, mode(path, name)]));

const WARNING = "other users could read the data folder";

/** Runs a server until it is ready, calls `look`, and stops it. Returns its log lines. */
async function served(dataDir: string, look: () => void, env = {}): Promise<string[]> {
  const lines: string[] = [];
  const log = join(folder, "server.log");
  rmSync(log, { force: true });
  const server = await ServerProcess.start({
    port: await freePort(),
    dataDir: join(folder, dataDir),
    log,
    env,
  });
  look();
  await server.stop();
  lines.push(...(await Bun.file(log).text()).split("\n"));
  return lines;
}

test("a new data folder, its new parents and all files in it are for their owner only; logs for the group, too", async () => {
  const logs = join(folder, "var/log");
  const look = () => {
    expect([mode("srv"), mode("srv/parley"), mode("srv/parley/data")]).toEqual(["700", "700", "700"]);
    const found = modes("srv/parley/data");
    expect(Object.keys(found)).toContain("parley.db-wal");
    expect(new Set(Object.values(found))).toEqual(new Set(["600"]));
    expect([mode("var/log"), mode("var/log/access.log")]).toEqual(["750", "640"]);
  };
  const lines = await served("srv/parley/data", look, { LOG_DIR: logs });
  expect(lines.filter((line) => line.includes(WARNING))).toEqual([]);
}, 30_000);

test("permissions of a store that others could read are corrected at the start, with one line in the log", async () => {
  await served("wide", () => {});
  chmodSync(join(folder, "wide"), 0o755);
  for (const name of readdirSync(join(folder, "wide"))) chmodSync(join(folder, "wide", name), 0o644);
  const look = () => {
    expect(mode("wide")).toBe("700");
    expect(new Set(Object.values(modes("wide")))).toEqual(new Set(["600"]));
  };
  const lines = await served("wide", look);
  expect(lines.filter((line) => line.includes(WARNING))).toHaveLength(1);
  // There is nothing left to correct.
  expect((await served("wide", look)).filter((line) => line.includes(WARNING))).toEqual([]);
}, 30_000);

test("a folder with other files keeps its mode, and the permissions of the store in it are corrected", async () => {
  mkdirSync(join(folder, "shared"), { mode: 0o755 });
  chmodSync(join(folder, "shared"), 0o755);
  writeFileSync(join(folder, "shared", "other.txt"), "", { mode: 0o644 });
  await served("shared", () => {
    expect([mode("shared"), mode("shared/other.txt"), mode("shared/parley.db")]).toEqual([
      "755",
      "644",
      "600",
    ]);
  });
}, 30_000);

test("files of restore and backup are for their owner only", async () => {
  await served("source", () => {});
  const copy = join(folder, "copy.backup");
  expect((await parley("backup", copy, "--data-dir", join(folder, "source"))).code).toBe(0);
  expect(mode("copy.backup")).toBe("600");
  const restored = await parley("restore", copy, "--data-dir", join(folder, "up/restored"));
  expect(restored.code).toBe(0);
  expect([mode("up"), mode("up/restored")]).toEqual(["700", "700"]);
  expect(new Set(Object.values(modes("up/restored")))).toEqual(new Set(["600"]));
}, 30_000);
