import { describe, expect, test } from "bun:test";
import { ftsMatch } from "../sqlite/query/fts-match.ts";
import { plans } from "./search-plan.ts";
import { readQuery } from "./search-query.ts";

const AUTHOR = "01900000-0000-7000-8000-00000000abcd";
const rooms = (count: number, share: number) => ({
  numbers: Array.from({ length: count }, (_, i) => i + 1),
  share,
});
const matches = (query: string, ...rest: [ReturnType<typeof rooms> | null, string?, number?]) => {
  const [scope, author, limit = 20] = rest;
  return plans(readQuery(query), scope, author, limit).map((plan) =>
    plan?.match ? ftsMatch(plan.match) : null,
  );
};

describe("the query for the index", () => {
  test("has whole words; with few rooms the rooms, too", () => {
    expect(matches("tea cake ", null)).toEqual([`"tea" AND "cake"`, null]);
    expect(matches("tea ", rooms(3, 0.9))).toEqual([`"tea" AND ("_1" OR "_2" OR "_3")`, null]);
    expect(matches("tea ", null, AUTHOR)).toEqual([`"__00000000abcd" AND "tea"`, null]);
  });

  test("has a prefix only in the narrow plan: the longest one, and no single letter", () => {
    expect(matches("te", null)).toEqual([null, `"te"*`]);
    expect(matches("cake te", null)).toEqual([`"cake"`, `"cake" AND "te"*`]);
    expect(matches("te* cak* b", null)).toEqual([null, `"cak"*`]);
    expect(matches("t", null)).toEqual([null, null]);
    expect(matches("t", rooms(1, 0.1))).toEqual([`("_1")`, null]);
    expect(matches("日", null)).toEqual([null, `"日"*`]);
    expect(matches("node:sq", null)).toEqual([`"node"`, `"node" AND "sq"*`]);
  });

  test("has many rooms where that costs less than reading candidates of others", () => {
    expect(matches("tea ", rooms(4, 0.01))[1]).toContain('"_4")');
    expect(matches("tea ", rooms(4, 0.5))).toEqual([`"tea"`, null]);
    expect(matches("tea ", rooms(200, 0.5))).toEqual([`"tea"`, null]);
    expect(matches("tea ", rooms(200, 0.0001))[1]).toContain("OR");
    expect(matches("tea ", rooms(5_000, 0.000_001))).toEqual([`"tea"`, null]);
    expect(matches("tea ", rooms(0, 0))).toEqual([`"tea" AND ("_0")`, null]);
  });

  test("leaves phrases and the remaining prefixes to be checked in the text", () => {
    const checked = (query: string) =>
      plans(readQuery(query), null, undefined, 20)[0].check.map(({ terms }) => terms);
    expect(checked("tea cake ")).toEqual([]);
    expect(checked('tea "green cake" ')).toEqual([["green", "cake"]]);
    expect(checked("tea cak")).toEqual([["cak"]]);
    expect(checked("東京タワー")).toEqual([["東京", "京タ", "タワ", "ワー"]]);
  });
});
