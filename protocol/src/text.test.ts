import { expect, test } from "bun:test";
import { commands } from "./commands.ts";
import { LIMITS } from "./limits.ts";
import { nameKey } from "./names.ts";
import { name, text } from "./text.ts";
import { withinCodePoints } from "./unicode.ts";

const send = (value: string) =>
  commands.send_message.safeParse({ kind: "send_message", room: "lobby", text: value }).success;

test("LM-1 lengths count code points, not UTF-16 units", () => {
  expect(withinCodePoints("😀".repeat(10), 10)).toBe(true);
  expect(withinCodePoints("😀".repeat(11), 10)).toBe(false);
  expect(withinCodePoints("a".repeat(11), 10)).toBe(false);
  expect(send("😀".repeat(LIMITS.text))).toBe(true);
  expect(send("😀".repeat(LIMITS.text + 1))).toBe(false);
});

test("LM-1 broken surrogates and U+0000 are refused", () => {
  for (const broken of ["\ud800", "a\udc00b", "a\u0000b"])
    expect(text(10).safeParse(broken).success).toBe(false);
  expect(text(10).safeParse("a\u0001\ufffdb").success).toBe(true);
});

test("LM-2 a message is not blank and at most 8,000 long", () => {
  expect(["", " ", "\n\t\u3000"].map(send)).toEqual([false, false, false]);
  expect([send("a"), send("a".repeat(8_000)), send("a".repeat(8_001))]).toEqual([true, true, false]);
});

test("LM-2 names are trimmed, 1 to their limit, without control characters", () => {
  const person = name(LIMITS.user_name);
  expect(person.parse("  Ada Lovelace ")).toBe("Ada Lovelace");
  expect(person.safeParse("😀".repeat(32)).success).toBe(true);
  for (const bad of ["", "   ", "a\nb", "a\u007fb", "x".repeat(33), "\ud800"]) {
    expect(person.safeParse(bad).success, JSON.stringify(bad)).toBe(false);
  }
});

test("CM-8 names compare by compatibility form, lower case and single spaces", () => {
  expect(nameKey("  Ａda   LOVELACE ")).toBe("ada lovelace");
  expect(nameKey("Straße")).not.toBe(nameKey("Strasse"));
  expect(nameKey("é")).toBe(nameKey("e\u0301"));
});

test("EV-7 unknown fields are dropped, reserved ones refused", () => {
  const body = { kind: "send_message", room: "lobby", text: "hi" } as const;
  expect(commands.send_message.parse({ ...body, colour: "red" })).toEqual(body);
  for (const reserved of [{ thread: "x" }, { attachments: ["x"] }]) {
    expect(commands.send_message.safeParse({ ...body, ...reserved }).success).toBe(false);
  }
});
