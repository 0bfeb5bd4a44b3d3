import { describe, expect, test } from "bun:test";
import { statSync } from "node:fs";
import { join } from "node:path";
import {
  exposedSecrets,
  foreignLocks,
  loosePins,
  machinePaths,
  staleLock,
  wrongDecisionNumbers,
} from "./repo.ts";
import { paths, read, root } from "./repository.ts";

const binary = /\.(png|jpg|ico|woff2|svg|wasm)$/;
const texts = paths()
  .filter((path) => !binary.test(path) && path !== "package-lock.json")
  .map(read);
const manifests = paths()
  .filter((path) => /^([a-z]+\/)?package\.json$/.test(path))
  .map(read);

describe("the repository", () => {
  test("holds no secrets", () => {
    expect(exposedSecrets(texts)).toEqual([]);
  });
  test("names no path of one machine", () => {
    expect(machinePaths(texts)).toEqual([]);
  });
  test("holds no file over 1 MB", () => {
    const large = paths().filter((path) => statSync(join(root, path)).size > 1_000_000);
    expect(large).toEqual([]);
  });
  test("pins every dependency to one version", () => {
    expect(loosePins(manifests)).toEqual([]);
  });
  test("gives each decision a number of its own", () => {
    expect(wrongDecisionNumbers(texts)).toEqual([]);
  });
  test("has one lock, npm's, and it is up to date", () => {
    expect(foreignLocks(paths())).toEqual([]);
    expect(staleLock(manifests, read("package-lock.json").text)).toEqual([]);
  });
});

describe("the guard itself", () => {
  const file = (text: string) => [{ path: "package.json", text }];

  test.each([
    [`-----BEGIN ${"RSA PRIVATE"} KEY-----`],
    [`AKIA${"A".repeat(16)}`],
    [`ghp_${"a".repeat(36)}`],
    [`postgres://parley:${"s".repeat(8)}@db.example/parley`],
  ])("sees the secret %s", (text) => {
    expect(exposedSecrets(file(text))).toEqual(["package.json"]);
  });
  test("takes an address whose password is a placeholder", () => {
    expect(exposedSecrets(file("postgres://parley:<password>@db.example/parley"))).toEqual([]);
  });
  test("sees a path of one machine", () => {
    expect(machinePaths(file(`cd /${"home"}/anna/parley`))).toHaveLength(1);
    expect(machinePaths(file(`"/${"root"}"`))).toHaveLength(1);
    expect(machinePaths(file("GET /api/v1/rooms, ./root/a, </root>, team/work"))).toEqual([]);
  });
  test("sees a loose pin", () => {
    const pin = (version: string) => loosePins(file(JSON.stringify({ dependencies: { a: version } })));
    expect(["^1.2.3", "~1.2.3", "latest", "1.2", "*"].flatMap(pin)).toHaveLength(5);
    expect(["1.2.3", "1.2.3-beta.1"].flatMap(pin)).toEqual([]);
  });
  test("sees a lock that lags behind", () => {
    const manifest = file(JSON.stringify({ dependencies: { a: "1.2.4" } }));
    const lock = (version: string) => JSON.stringify({ packages: { "": { dependencies: { a: version } } } });
    expect(staleLock(manifest, lock("1.2.3"))).toHaveLength(1);
    expect(staleLock(manifest, lock("1.2.4"))).toEqual([]);
  });
  test("sees two decisions with one number, and a title with another", () => {
    const decision = (path: string, text: string) => ({ path: `docs/adr/${path}`, text });
    const one = decision("0001-a.md", "# 1. A\n");
    expect(wrongDecisionNumbers([one, decision("0001-b.md", "# 1. B\n")])).toHaveLength(1);
    expect(wrongDecisionNumbers([one, decision("0002-b.md", "# 1. B\n")])).toHaveLength(1);
    expect(wrongDecisionNumbers([one, decision("0002-b.md", "# 2. B\n")])).toEqual([]);
  });
  test("sees another lock", () => {
    expect(foreignLocks(["bun.lock", "web/yarn.lock", "package-lock.json"])).toEqual([
      "bun.lock",
      "web/yarn.lock",
    ]);
  });
});
