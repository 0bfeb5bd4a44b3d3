import { expect, test } from "bun:test";
import { isReserved, nameProblem } from "./name-rules.ts";
import { skeleton } from "./skeleton.ts";

test.each([
  "Ada",
  "Ada Lovelace-King 2",
  "Zoë 🙂",
  "👩‍💻 Ada ❤️",
  "Łódź",
  "Nguyễn Thị Ánh".normalize("NFD"),
  "Пётр",
  "Ελένη",
  "שָׁלוֹם",
  "مُحَمَّد",
  "मैथिलीशरण",
  "สมศักดิ์",
  "မြို့",
  "田中 Yuki ゆき ユキ",
  "李小龍 Bruce",
  "김민준 Kim",
  "ㄅㄆ 李 Lee",
  "ᚠᚢᚦ",
  "42",
  "¯\\_(o)_/¯",
  "Systems engineer",
])("LM-12 %s may be taken", (name) => {
  expect(nameProblem(name)).toBeNull();
});

test.each([
  ["zero width space", "Ad\u200ba"],
  ["zero width joiner", "Ad\u200da"],
  ["bidi override", "Ada\u202egnp"],
  ["isolate", "\u2066Ada"],
  ["soft hyphen", "A\u00adda"],
  ["line separator", "Ada\u2028x"],
  ["paragraph separator", "Ada\u2029x"],
  ["tag characters", "Ada\u{e0041}"],
  ["variation selector", "A\ufe0fda"],
  ["hangul filler", "\u3164"],
  ["braille blank", "\u2800"],
  ["no-break space alone", "\u00a0\u2003"],
  ["a mark alone", "\u0301"],
  ["unassigned", "Ada\u0378"],
  ["private use", "Ada\ue000"],
  ["31 marks", `A${"\u0301\u0300".repeat(15)}\u0301`],
  ["3 marks", "A\u0316\u0317\u0318"],
  ["marks of a script, stacked", "ก่่่"],
  ["Latin and Cyrillic", "Аda"],
  ["Latin and Greek", "Adaα"],
  ["Hangul and kana", "김ゆ"],
  ["System", "System"],
  ["system in another case, and spaces", " SYSTEM "],
  ["System in Cyrillic", "Ѕуѕtеm"],
  ["a notice of the text dialect", "System: Bob has left the chat"],
  ["Parley", "ParIey"],
])("LM-12 %s may not", (_, name) => {
  expect(nameProblem(name)).not.toBeNull();
});

test("LM-13 names that look alike have one skeleton, others do not", () => {
  const same = (one: string, other: string) => skeleton(one) === skeleton(other);
  expect(same("Ada", "АԀа".replace("Ԁ", "d"))).toBe(true);
  expect(same("paypal", "PaypaI")).toBe(true);
  expect(same("Bob 0", "Bob O")).toBe(true);
  expect(same("arn", "am")).toBe(true);
  expect(same("Ada", "A\u200bda")).toBe(true);
  expect(same("Ada", "ａｄａ")).toBe(true);
  expect(same("Ada", "Ade")).toBe(false);
  expect(same("Ann 1", "Ann 2")).toBe(false);
  expect(skeleton("")).toBe("");
});

test("a skeleton costs in proportion to the name, and a name of 64 code points is short", () => {
  expect(skeleton("ﷺ".repeat(64)).length).toBeLessThan(64 * 40);
});

test("names that begin as a notice are reserved, ordinary names are not", () => {
  expect(["System", "sYstern", "System :x"].map(isReserved)).toEqual([true, true, true]);
  expect(["Systematic", "Ada: System", "Sys"].map(isReserved)).toEqual([false, false, false]);
});
