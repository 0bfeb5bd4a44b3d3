import { afterAll, expect, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parley, start } from "../support/cli.ts";
import { expectHealthy } from "../support/offline-store.ts";

const folder = mkdtempSync(join(tmpdir(), "parley-folders-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("init creates an empty store without a server; a second run changes nothing", async () => {
  const dataDir = join(folder, "init");
  const first = await parley("init", "--data-dir", dataDir);
  expect(first).toEqual({
    code: 0,
    out: `Created an empty store in ${dataDir}. Now start the server.\n`,
    err: "",
  });
  expect(statSync(dataDir).mode & 0o777).toBe(0o700);
  expectHealthy(dataDir);
  const { made, epoch } = JSON.parse((await parley("init", "--data-dir", dataDir, "--json")).out);
  expect(made).toBe(false);
  const again = await parley("init", "--data-dir", dataDir);
  expect(again.code).toBe(0);
  expect(again.out).toContain(`There is a store in ${dataDir} already`);
  expect(JSON.parse((await parley("init", "--data-dir", dataDir, "--json")).out).epoch).toBe(epoch);
});

test("backup, export and doctor print their folder, and warn when the store is empty", async () => {
  const dataDir = join(folder, "empty");
  await parley("init", "--data-dir", dataDir);
  const subcommands = [
    ["backup", join(folder, "one.backup")],
    ["export", join(folder, "exported")],
    ["doctor"],
  ] as const;
  for (const [subcommand, ...more] of subcommands) {
    const { code, out, err } = await parley(subcommand, ...more, "--data-dir", dataDir);
    expect(code).toBe(0);
    expect(out).toContain(dataDir);
    expect(err).toContain(`WARNING: the store in ${dataDir} is empty`);
    const json = await parley(
      subcommand,
      ...more,
      ...(subcommand === "doctor" ? [] : ["--force"]),
      "--data-dir",
      dataDir,
      "--json",
    );
    expect(JSON.parse(json.out).dataDir).toBe(dataDir);
    expect(json.err).toContain("WARNING");
  }
});

test("a start and an init in a folder with an interrupted import fail, create no store, and name both ways to continue", async () => {
  const dataDir = join(folder, "cut");
  mkdirSync(dataDir);
  writeFileSync(join(dataDir, "parley.db.importing"), "");
  for (const said of [
    await start(["--port", "0", "--data-dir", dataDir]),
    await parley("init", "--data-dir", dataDir),
  ]) {
    expect(said.code).toBe(1);
    expect(said.err).toContain(`An import into ${dataDir} was cut off. Type the same import again`);
    expect(said.err).toContain(`remove ${join(dataDir, "parley.db.importing")}`);
  }
  expect(existsSync(join(dataDir, "parley.db"))).toBe(false);
  expect(readdirSync(dataDir)).toContain("parley.db.importing");
});
