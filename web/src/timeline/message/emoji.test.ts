import { expect, test } from "bun:test";
import { COMMON, lastGrapheme } from "./emoji.ts";

test("a field for one reaction keeps the last character, with all its parts", () => {
  expect(lastGrapheme("")).toBe("");
  expect(lastGrapheme("  ")).toBe("");
  expect(lastGrapheme("👍🏽")).toBe("👍🏽");
  expect(lastGrapheme("ok 👩‍👩‍👧‍👦 ")).toBe("👩‍👩‍👧‍👦");
  expect(lastGrapheme("🇩🇪🇫🇷")).toBe("🇫🇷");
});

test("each of the common ones is one character and is listed once", () => {
  for (const [emoji] of COMMON) expect(lastGrapheme(emoji)).toBe(emoji);
  expect(new Set(COMMON.map(([emoji]) => emoji)).size).toBe(COMMON.length);
});
