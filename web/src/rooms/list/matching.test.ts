import { expect, test } from "bun:test";
import { matching } from "./matching.ts";

test("every word of the filter must be there, in any order and case", () => {
  const names = ["Lobby", "Tea and cake", "cake only"];
  const found = (filter: string) => matching(names, filter, (name) => name);
  expect(found("")).toEqual(names);
  expect(found("CAKE")).toEqual(["Tea and cake", "cake only"]);
  expect(found(" cake  tea ")).toEqual(["Tea and cake"]);
  expect(found("coffee")).toEqual([]);
});
