import { describe, expect, test } from "bun:test";
import { gunzipSync } from "node:zlib";
import { type Coding, chooseCoding, gzipped, isTransformable } from "./encoding.ts";

const all = () => true;
const only = (one: Coding) => (coding: Coding) => coding === one;

describe("the coding of an answer", () => {
  const rows: [accepted: string | null, chosen: Coding | null][] = [
    [null, null],
    ["", null],
    ["gzip, deflate, br, zstd", "br"],
    ["gzip", "gzip"],
    ["GZIP", "gzip"],
    ["br;q=0.5, gzip;q=0.9", "gzip"],
    ["br;q=0, gzip;q=0", null],
    ["gzip;q=0, *", "br"],
    ["*", "br"],
    ["*;q=0", null],
    ["identity;q=1, gzip;q=0.5", null],
    ["identity;q=0.5, gzip;q=0.6", "gzip"],
    ["identity;q=0, gzip;q=0.001", "gzip"],
    ["br ; q = 0.3 , gzip ; q=0.2", "br"],
    ["br;q=2, gzip", "gzip"],
    ["br;q=x", null],
    ["deflate", null],
    [`${"x,".repeat(100_000)}br`, null],
  ];
  for (const [accepted, chosen] of rows) {
    test(`${String(accepted).slice(0, 40)}: ${chosen}`, () =>
      expect(chooseCoding(accepted, all)).toBe(chosen));
  }

  test("only codings that are available", () => {
    expect(chooseCoding("br, gzip;q=0.1", only("gzip"))).toBe("gzip");
    expect(chooseCoding("br", only("gzip"))).toBeNull();
  });
});

test("an answer that must not be transformed is not", () => {
  const transformable = (value: string) => isTransformable(new Headers({ "cache-control": value }));
  expect(isTransformable(new Headers())).toBe(true);
  expect(transformable("no-cache")).toBe(true);
  expect(transformable("No-Transform")).toBe(false);
  expect(transformable("max-age=0, no-transform")).toBe(false);
});

test("gzip and back", async () => {
  const bytes = new TextEncoder().encode("to and fro ".repeat(400));
  const small = await gzipped(bytes);
  expect(small.length).toBeLessThan(bytes.length / 10);
  expect(gunzipSync(small).equals(bytes)).toBe(true);
});
