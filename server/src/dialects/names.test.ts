import { expect, test } from "bun:test";
import { guestName, readPersonName, readRoomName } from "./names.ts";

test.each([
  ["Ada", "Ada"],
  ["Ada%20Byron", "Ada Byron"],
  ["%20%20Ada%20", "Ada"],
  ["%F0%9F%8E%88", "🎈"],
  ["🎈", "🎈"],
  ["%2Fslash%3F", "/slash?"],
  ["50%25", "50%"],
  ["x".repeat(32), "x".repeat(32)],
  ["%F0%9F%8E%88".repeat(32), "🎈".repeat(32)],
])("%p is the name %p", (text, name) => {
  expect(readPersonName(text)).toEqual({ name });
});

test.each([
  "",
  "%20",
  "%E2%80%83",
  "x".repeat(33),
  "%F0%9F%8E%88".repeat(33),
  "a%00b",
  "a%0Ab",
  "a%C2%85b",
  "a%7Fb",
  "%FF",
  "%E2%28",
  "100%",
  "%zz",
  "%ED%A0%80",
])("%p is refused, with a text that fits into the reason of a close", (text) => {
  const read = readPersonName(text);
  if (!("refused" in read)) throw new Error("it was taken");
  expect(read.refused).toStartWith("Username");
  expect(Buffer.byteLength(read.refused)).toBeLessThanOrEqual(123);
});

test("a room's name may have 64 characters", () => {
  expect(readRoomName("r".repeat(64))).toEqual({ name: "r".repeat(64) });
  expect(readRoomName("r".repeat(65))).toEqual({ refused: expect.stringContaining("1 to 64") });
});

test("a guest's name has four digits", () => {
  expect([guestName(0), guestName(0x7f3a), guestName(65_535)]).toEqual([
    "Guest-0000",
    "Guest-7f3a",
    "Guest-ffff",
  ]);
});
