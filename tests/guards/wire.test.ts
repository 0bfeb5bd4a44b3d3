import { describe, expect, test } from "bun:test";
import { z } from "zod";
import { WIRE_VERSION } from "../../protocol/src/version.ts";
import {
  addToHistory,
  describeSchemas,
  describeWire,
  hashWire,
  historyPath,
  judgeHistory,
  readHistory,
} from "../../scripts/wire.ts";
import { paths, read } from "./repository.ts";

test("the wire is what the last line of protocol/WIRE-HISTORY.md says", () => {
  const history = paths().includes(historyPath) ? read(historyPath).text : "";
  expect(judgeHistory(history, WIRE_VERSION, hashWire(describeWire()))).toBeUndefined();
});

describe("the guard itself", () => {
  const hashOf = (schema: unknown) => hashWire(JSON.stringify(describeSchemas({ schema })));

  test.each([
    ["a field more", z.object({ a: z.string(), b: z.string() })],
    ["another type", z.object({ a: z.number() })],
    ["a field that may be missing", z.object({ a: z.string().optional() })],
    ["a list of it", [z.object({ a: z.string() })]],
  ])("sees %s", (_, changed) => {
    expect(hashOf(changed)).not.toBe(hashOf(z.object({ a: z.string() })));
  });
  test("gives equal schemas the same hash", () => {
    expect(hashOf(z.object({ a: z.string() }))).toBe(hashOf(z.object({ a: z.string() })));
  });
  test("names the next step until it is done", () => {
    const first = addToHistory("", { version: 1, hash: "0123456789abcdef", change: "the first" });
    expect(judgeHistory("", 1, "0123456789abcdef")).toContain("npm run generate");
    expect(judgeHistory(first, 1, "0123456789abcdef")).toBeUndefined();
    expect(judgeHistory(first, 1, "fedcba9876543210")).toContain("The wire changed");
    expect(judgeHistory(first, 2, "0123456789abcdef")).toContain("WIRE_VERSION is 2");

    const second = addToHistory(first, { version: 2, hash: "fedcba9876543210", change: "a | more" });
    expect(readHistory(second).map(({ version }) => version)).toEqual([1, 2]);
    expect(judgeHistory(second, 2, "fedcba9876543210")).toBeUndefined();
  });
});
