import { describe, expect, test } from "bun:test";
import { readGraph } from "./imports.ts";
import { sources } from "./repository.ts";
import { crossedSuites, testingInProduct } from "./suites.ts";
import { workspaces } from "./workspaces.ts";

describe("the repository", () => {
  const graph = readGraph(sources(), workspaces());

  test("no suite imports another suite", () => {
    expect(crossedSuites(graph)).toEqual([]);
  });
  test("only tests import the testing folders of the server and the SDK", () => {
    expect(testingInProduct(graph)).toEqual([]);
  });
});

describe("the guard itself", () => {
  const server = { folder: "server", name: "@parley/server", exports: { "./*": "./src/*" }, packages: [] };
  const graphOf = (path: string, text: string) => readGraph([{ path, text }], [server]);

  test.each([
    ["tests/operate/a.test.ts", `import { check } from "../faults/checker/check.ts";`],
    ["tests/operate/a.test.ts", `import type { World } from "../faults/run/world.ts";`],
    ["tests/support/a.ts", `import { check } from "../faults/checker/check.ts";`],
    ["server/src/a.test.ts", `import { check } from "../../tests/faults/checker/check.ts";`],
  ])("refuses in %s: %s", (path, text) => {
    expect(crossedSuites(graphOf(path, text))).toHaveLength(1);
  });
  test.each([
    ["tests/operate/a.test.ts", `import { check } from "../support/checker/check.ts";`],
    ["tests/faults/run/a.ts", `import { check } from "../checker/check.ts";`],
    ["tests/operate/a.test.ts", `import { suites } from "../../scripts/suites.mjs";`],
  ])("allows in %s: %s", (path, text) => {
    expect(crossedSuites(graphOf(path, text))).toEqual([]);
  });
  test.each([
    ["server/src/gateway/a.ts", `import { FakeClock } from "../testing/fake-clock.ts";`],
    ["server/src/main.ts", `import type { FakeClock } from "./testing/fake-clock.ts";`],
    ["sdk/src/client.ts", `import { Chance } from "../testing/random.ts";`],
    ["bench/run.ts", `import { FakeClock } from "@parley/server/testing/fake-clock.ts";`],
  ])("refuses testing code in %s: %s", (path, text) => {
    expect(testingInProduct(graphOf(path, text))).toHaveLength(1);
  });
  test.each([
    ["server/src/gateway/a.test.ts", `import { FakeClock } from "../testing/fake-clock.ts";`],
    ["sdk/testing/run.ts", `import { Chance } from "./random.ts";`],
    ["tests/wire/a.test.ts", `import { FakeClock } from "@parley/server/testing/fake-clock.ts";`],
  ])("allows testing code in %s: %s", (path, text) => {
    expect(testingInProduct(graphOf(path, text))).toEqual([]);
  });
});
