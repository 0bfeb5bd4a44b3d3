import { describe, expect, test } from "bun:test";
import { readList, readRooms } from "./import-table.ts";
import {
  cycles,
  forbiddenImports,
  foreignBun,
  namedEngines,
  reaches,
  readGraph,
  undeclaredPackages,
} from "./imports.ts";
import { read, sources } from "./repository.ts";
import { workspaces } from "./workspaces.ts";

const architecture = read("ARCHITECTURE.md").text;
const rooms = readRooms(architecture);
const bunFiles = readList(architecture, "bun");
const engines = ["memory", "sqlite", "postgres", "redis", "disk", "s3"];
const entries = rooms.filter(({ name }) => name === "main" || name === "node").flatMap(({ where }) => where);
const graph = readGraph(sources(), workspaces());

describe("the repository", () => {
  test("every import is allowed by the table in ARCHITECTURE.md", () => {
    expect(forbiddenImports(graph, rooms)).toEqual([]);
  });
  test("no cycles between files", () => {
    expect(cycles(graph)).toEqual([]);
  });
  test("engines are named only by the rooms main and node, and by their siblings", () => {
    expect(namedEngines(graph, engines, entries)).toEqual([]);
  });
  test("Bun's own API is used only in the files that ARCHITECTURE.md lists, at most five", () => {
    expect(foreignBun(graph, bunFiles)).toEqual([]);
    expect(bunFiles.length).toBeLessThanOrEqual(5);
  });
  test("every package is declared in the workspace that uses it", () => {
    expect(undeclaredPackages(graph, workspaces())).toEqual([]);
  });
  test("the page and the SDK do not bundle zod", () => {
    expect(reaches(graph, "protocol/src/index.ts", "zod")).toBeUndefined();
    expect(reaches(graph, "sdk/src/index.ts", "zod")).toBeUndefined();
    expect(reaches(graph, "web/src/main.tsx", "zod")).toBeUndefined();
  });
});

describe("the guard itself", () => {
  const table = [
    "<!-- imports:begin -->",
    "| room | where | may import | types only | packages |",
    "|---|---|---|---|---|",
    "| core | `server/src/core/` | protocol | – | – |",
    "| store | `server/src/store/` | core | config | `node:*` |",
    "| config | `server/src/config.ts` | – | – | – |",
    "| main | `server/src/main.ts` | * | – | * |",
    "| protocol | `protocol/src/` | – | – | `zod` |",
    "| sdk | `sdk/src/` | `@parley/protocol` | – | – |",
    "<!-- imports:end -->",
  ].join("\n");
  const protocol = {
    folder: "protocol",
    name: "@parley/protocol",
    exports: { ".": "./src/index.ts", "./schemas": "./src/schemas.ts" },
    packages: ["zod"],
  };
  const server = { folder: "server", name: "@parley/server", exports: { "./*": "./src/*" }, packages: [] };
  const graphOf = (files: Record<string, string>) =>
    readGraph(
      Object.entries(files).map(([path, text]) => ({ path, text })),
      [protocol, server],
    );
  const judge = (files: Record<string, string>) => forbiddenImports(graphOf(files), readRooms(table));

  test.each([
    ["a value", `import { x } from "../store/commit.ts";`],
    ["a type", `import type { X } from "../store/commit.ts";`],
    ["an export", `export * from "../store/commit.ts";`],
    ["an exported type", `export type { X } from "../store/commit.ts";`],
    ["a dynamic import", `const x = await import("../store/commit.ts");`],
    ["an import in a type", `export type X = import("../store/commit.ts").X;`],
    ["a worker's URL", `new Worker(new URL("../store/commit.ts", import.meta.url));`],
    ["an import for its effect", `import "../store/commit.ts";`],
    ["the server by its package", `import { x } from "@parley/server/store/commit.ts";`],
    ["a package", `import fs from "node:fs";`],
    ["another workspace by its path", `import { x } from "../../../protocol/src/index.ts";`],
  ])("sees %s that core may not import", (_, text) => {
    expect(judge({ "server/src/core/rule.ts": text })).toHaveLength(1);
  });
  test("takes what the table allows", () => {
    expect(
      judge({
        "server/src/core/rule.ts": `import { x } from "@parley/protocol"; import { y } from "./facts.ts";`,
        "server/src/main.ts": `import pino from "pino"; import { z } from "./store/commit.ts";`,
        "server/src/core/rule.test.ts": `import { z } from "../store/commit.ts";`,
      }),
    ).toEqual([]);
  });
  test("distinguishes a type from a value", () => {
    expect(judge({ "server/src/store/a.ts": `import type { C } from "../config.ts";` })).toEqual([]);
    expect(judge({ "server/src/store/a.ts": `import { type C } from "../config.ts";` })).toEqual([]);
    expect(judge({ "server/src/store/a.ts": `import { C } from "../config.ts";` })).toHaveLength(1);
  });
  test("holds a room to one specifier where the table names one", () => {
    expect(judge({ "sdk/src/a.ts": `import { x } from "@parley/protocol";` })).toEqual([]);
    expect(judge({ "sdk/src/a.ts": `import { x } from "@parley/protocol/schemas";` })).toHaveLength(1);
  });
  test("sees a file without a room", () => {
    expect(judge({ "server/src/loose.ts": "" })).toEqual([
      "server/src/loose.ts is in no row of the import table",
    ]);
  });
  test("sees a cycle, also of types", () => {
    const found = cycles(
      graphOf({
        "server/src/core/a.ts": `import type { B } from "./b.ts";`,
        "server/src/core/b.ts": `import { c } from "./c.ts";`,
        "server/src/core/c.ts": `import { a } from "./a.ts";`,
      }),
    );
    expect(found).toHaveLength(1);
  });
  test("sees an engine named by a file that is no entry and no sibling", () => {
    const judged = namedEngines(
      graphOf({
        "server/src/chat.ts": `import { s } from "./store/sqlite.ts";`,
        "server/src/store/sqlite.ts": `new URL("./sqlite-worker.ts", import.meta.url);`,
        "server/src/main.ts": `import { s } from "./store/sqlite.ts";`,
        "server/src/node/store.ts": `import { s } from "../store/sqlite.ts";`,
      }),
      ["sqlite"],
      ["server/src/main.ts", "server/src/node/"],
    );
    expect(judged).toEqual(["server/src/chat.ts names the engine server/src/store/sqlite.ts"]);
  });
  test.each([
    ["Bun.sleep(1);"],
    ["globalThis.Bun;"],
    ["type S = Bun.Socket;"],
    [`import { x } from "bun:ffi";`],
  ])("sees the runtime's API in: %s", (text) => {
    expect(foreignBun(graphOf({ "server/src/chat.ts": text }), ["server/src/main.ts"])).toHaveLength(1);
    expect(foreignBun(graphOf({ "server/src/main.ts": text }), ["server/src/main.ts"])).toEqual([]);
  });
  test("sees a package that is not declared", () => {
    const files = { "server/src/chat.ts": `import { Hono } from "hono";` };
    expect(undeclaredPackages(graphOf(files), [protocol, server])).toHaveLength(1);
  });
  test("finds the way to zod at runtime, not through types", () => {
    const found = graphOf({
      "protocol/src/index.ts": `import type { A } from "./a.ts"; import { b } from "./b.ts";`,
      "protocol/src/a.ts": `import { z } from "zod";`,
      "protocol/src/b.ts": `import { z } from "zod";`,
    });
    expect(reaches(found, "protocol/src/index.ts", "zod")).toBe(
      "protocol/src/index.ts -> protocol/src/b.ts -> zod",
    );
  });
  test("a file that does not parse is an error, not a file without imports", () => {
    expect(() => judge({ "server/src/core/a.ts": "import {" })).toThrow("does not parse");
  });
});
