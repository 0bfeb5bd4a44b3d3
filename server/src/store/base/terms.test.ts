import { expect, test } from "bun:test";
import { authorTerm, indexText, isUnspaced, roomTerm, spacedTerms, terms } from "./terms.ts";

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
  ["בית־ספר", ["בית", "ספר"]],
  ["مُحَمَّد كتـــاب", ["محمد", "كتاب"]],
  ["ﷲ", ["الله"]],
  ["Łódź Ærø œuf Þór ħ ŧ đ", ["lodz", "aero", "oeuf", "thor", "h", "t", "d"]],
  ["ısparta İSTANBUL", ["isparta", "istanbul"]],
  ["ΟΔΟΣ οδός οδοσ", ["οδοσ", "οδοσ", "οδοσ"]],
  ["п'ять пʼять п’ять", ["п", "ять", "п", "ять", "п", "ять"]],
  ["ไทย", ["ไท", "ทย", "ย"]],
  ["か\u309aき", ["か\u309a", "\u309aき", "き"]],
  ["Zu\u00adsammen a\u200db\u2060c\ufeffd e\u200bf", ["zusammen", "abcd", "e", "f"]],
  ["👍🏽 ❤️ 👩‍👩‍👧 🇩🇪🇫🇷 1️⃣", ["👍", "❤", "👩", "👩", "👧", "🇩🇪", "🇫🇷", "1"]],
  ["\u0301\ufe0f \u0e31", []],
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

test("no text has the term of a room, or of an author", () => {
  expect(roomTerm(36)).toBe("_10");
  expect(authorTerm("01900000-0000-7000-8000-00000000abcd")).toBe("__00000000abcd");
  expect(terms("_10 _ _a __ __00000000abcd")).toEqual(["10", "a", "00000000abcd"]);
  expect(indexText(36, "01900000-0000-7000-8000-00000000abcd", "tea")).toBe("_10 __00000000abcd tea");
});

test.each([["A b, c!"], [" é  ü. 日本 x"], ["¡hola! ¿qué?"], ["a\u00a0b\tc\nd"]])(
  "one space stands between two terms of %j",
  (text) => {
    expect(spacedTerms(text).trim().split(" ")).toEqual(terms(text));
  },
);

test("scripts that are cut into pairs", () => {
  expect(["日", "カ", "한", "ท"].map(isUnspaced)).toEqual([true, true, true, true]);
  expect(["a", "é", "я", "1", "👍"].map(isUnspaced)).toEqual([false, false, false, false, false]);
});
