import { afterAll, describe, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { options } from "@parley/server/config/options.ts";
import { freePort } from "../support/child-process.ts";
import { parley, start } from "../support/cli.ts";
import { root, ServerProcess } from "../support/server-process.ts";

const folder = mkdtempSync(join(tmpdir(), "parley-start-"));
chmodSync(folder, 0o755);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const SUBCOMMANDS = [
  ...["serve", "init", "backup", "restore", "doctor", "export", "import", "health", "acknowledge", "help"],
  "version",
];

let made = 0;
const fresh = () => join(folder, `data-${++made}`);
const OTHER_USER = 65_534;

describe("a start that fails prints the reason in one sentence and exits", () => {
  const sentence = /^Parley could not start: [A-Z-][^\n]+[.0-9]\n$/;

  test.each([
    [["--prot", "9000"], "There is no option --prot. --help lists them all."],
    [["--port", "nine"], 'PORT (--port) takes a number from 0 to 65535, not "nine".'],
    [["--data-dir"], "--data-dir needs a value"],
    [["--guests", "maybe"], "takes on or off"],
  ])("%j is not valid: exit code 2", async (args, says) => {
    const said = await start(args);
    expect(said.err).toContain(says);
    expect(said.err).toMatch(sentence);
    expect(said).toMatchObject({ code: 2, out: "" });
  });

  test("a port in use", async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
    const { port } = taken.address() as { port: number };
    const said = await start(["--port", String(port), "--host", "127.0.0.1", "--data-dir", fresh()]);
    taken.close();
    expect(said.err).toContain("Another program uses that port.");
    expect(said.err).toMatch(sentence);
    expect(said.code).toBe(1);
  });

  test("an address of another machine", async () => {
    const said = await start(["--port", "0", "--host", "192.0.2.1", "--data-dir", fresh()]);
    expect(said.err).toMatch(sentence);
    expect(said.code).toBe(1);
  });

  test("a host that has no address", async () => {
    const said = await start(["--port", "0", "--host", "nosuch.invalid", "--data-dir", fresh()]);
    expect(said.err).toContain("HOST is not an address of this machine, nor a name of one.");
    expect(said.err).toMatch(sentence);
    expect(said.code).toBe(1);
  });

  test("a folder that is a file", async () => {
    const path = fresh();
    writeFileSync(path, "");
    for (const dataDir of [path, join(path, "below")]) {
      const said = await start(["--port", "0", "--data-dir", dataDir]);
      expect(said.err).toContain("There is a file where a folder is needed");
      expect(said.err).toMatch(sentence);
    }
  });

  // Only root may start a program as another user.
  test.skipIf(process.getuid?.() !== 0)("a folder of another user", async () => {
    const theirs = fresh();
    mkdirSync(theirs, { mode: 0o755 });
    for (const dataDir of [theirs, join(theirs, "below")]) {
      const said = await start(["--port", "0", "--data-dir", dataDir], {
        uid: OTHER_USER,
        env: { HOME: folder },
      });
      expect(said.err).toMatch(sentence);
      expect(said.err).toMatch(/may not use|belongs to this user/);
      expect(said.code).toBe(1);
    }
  });

  test("a store that another server uses", async () => {
    const dataDir = fresh();
    mkdirSync(dataDir);
    const server = await ServerProcess.start({
      port: await freePort(),
      dataDir,
      log: join(folder, "server.log"),
    });
    const said = await start(["--port", "0", "--data-dir", dataDir]);
    const restored = await parley("restore", join(folder, "server.log"), "--data-dir", dataDir, "--force");
    await server.stop();
    for (const { err, code } of [said, restored]) {
      expect(err).toContain("Another Parley is running on this data folder");
      expect(code).toBe(1);
    }
  }, 30_000);

  test("a store of a newer version, and a file that is not a store", async () => {
    const newer = fresh();
    mkdirSync(newer);
    const database = new DatabaseSync(join(newer, "parley.db"));
    database.exec(
      "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT); INSERT INTO meta VALUES ('version', '999')",
    );
    database.close();
    expect((await start(["--port", "0", "--data-dir", newer])).err).toContain("written by a newer Parley");
    const other = fresh();
    mkdirSync(other);
    writeFileSync(join(other, "parley.db"), "not a database ".repeat(100));
    const said = await start(["--port", "0", "--data-dir", other]);
    expect(said.err).toContain("holds a parley.db that is not a SQLite file");
    expect(said.err).toMatch(sentence);
  });
});

describe("the command line of parley", () => {
  test("no argument, help and --help list the subcommands", async () => {
    const lists = await Promise.all([parley(), parley("help"), parley("--help")]);
    for (const { code, out } of lists) {
      expect(code).toBe(0);
      for (const subcommand of SUBCOMMANDS) {
        expect(out).toContain(`  ${subcommand} `);
      }
    }
  });

  test("each subcommand has its help, and the help of serve names every setting", async () => {
    for (const subcommand of SUBCOMMANDS) {
      const [asked, shown] = await Promise.all([parley(subcommand, "--help"), parley("help", subcommand)]);
      expect(asked).toMatchObject({ code: 0, err: "" });
      expect(shown.out).toBe(asked.out);
    }
    const { out } = await parley("serve", "--help");
    for (const { flag, name } of options) {
      expect(out).toContain(flag);
      expect(out).toContain(name);
    }
  }, 30_000);

  test("npm run dev -- --help prints the help and exits", () => {
    const dev = ["scripts/dev.mjs", "--help"];
    const said = spawnSync("node", dev, { cwd: root, encoding: "utf8", timeout: 20_000 });
    expect(said.error).toBeUndefined(); // otherwise it timed out
    expect(said.status).toBe(0);
    expect(said.stdout).toContain("--data-dir");
  }, 30_000);

  test("a version", async () => {
    expect((await parley("version")).out).toMatch(/^Parley \d+\.\d+\.\d+ \(wire \d+\)\n$/);
    expect((await parley("--version")).out).toMatch(/^Parley /);
  });

  test.each([
    [
      ["bakup"],
      "There is no command bakup. The commands are: serve, init, backup, restore, doctor, export, import, health, acknowledge, help, version.",
    ],
    [["help", "bakup"], "There is no command bakup."],
    [["backup"], "backup needs FILE: parley backup FILE."],
    [["backup", "a", "b"], "backup does not take b."],
    [["backup", "a", "--fast"], "backup has no option --fast."],
    [["backup", "a", "--data-dir"], "--data-dir needs a value: --data-dir FOLDER."],
    [["doctor", "--deep=yes"], "--deep takes no value."],
    [["serve", "--prot", "1"], "There is no option --prot."],
  ])("%j is not valid: one sentence and exit code 2", async (args, says) => {
    const said = await parley(...args);
    expect(said.err).toContain(says);
    expect(said.err.trim().split("\n")).toHaveLength(1);
    expect(said).toMatchObject({ code: 2, out: "" });
  });

  test.each([
    [["backup", join(folder, "x"), "--data-dir", join(folder, "nowhere")], "There is no store in"],
    [["restore", join(folder, "nothing"), "--data-dir", join(folder, "y")], "There is no file"],
    [["doctor", "--data-dir", join(folder, "nowhere")], "There is no store in"],
  ])("%j fails: one sentence and exit code 1", async (args, says) => {
    const said = await parley(...args);
    expect(said.err).toContain(says);
    expect(said).toMatchObject({ code: 1, out: "" });
  });
});
