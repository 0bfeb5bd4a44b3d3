import { expect, test } from "bun:test";
import { roomTerm, terms } from "./terms.ts";

test.each([
  ["Hello, World!", ["hello", "world"]],
  ["", []],
  ["...!?", []],
  ["don't stop", ["don", "t", "stop"]],
  ["C++ and x_y", ["c", "and", "x", "y"]],
  ["Crème BRÛLÉE naïve", ["creme", "brulee", "naive"]],
  ["Straße ΆΛΦΑ Й", ["strasse", "αλφα", "и"]],
  ["ＦＵＬＬ width ﬁne", ["full", "width", "fine"]],
  ["日本語", ["日本", "本語", "語"]],
  ["日", ["日"]],
  ["東京タワーへ行く", ["東京", "京タ", "タワ", "ワー", "ーへ", "へ行", "行く", "く"]],
  ["ガバ", ["ガバ", "バ"]],
  ["한국어 검색", ["한국", "국어", "어", "검색", "색"]],
  ["v2版本beta", ["v2", "版本", "本", "beta"]],
  ["हिन्दी", ["हिन्दी"]],
  ["𠮷野家", ["𠮷野", "野家", "家"]],
  ["שָׁלוֹם", ["שלום"]],
])("terms of %j", (text, expected) => {
  expect(terms(text)).toEqual(expected);
});

test("a decomposed accent and a composed one are the same term", () => {
  expect(terms("cafe\u0301")).toEqual(terms("caf\u00e9"));
});

test("one long paste is one short term, cut between characters", () => {
  expect(terms("x".repeat(8_000))).toEqual(["x".repeat(64)]);
  for (const term of terms("é𝒳".repeat(4_000))) expect(term.isWellFormed()).toBe(true);
});

test("no text has the term of a room", () => {
  expect(roomTerm(36)).toBe("_10");
  expect(terms("_10 _ _a __")).toEqual(["10", "a"]);
});
