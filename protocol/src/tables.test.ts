import { expect, test } from "bun:test";
import { CLOSE_CODES, closeAdvice } from "./close-codes.ts";
import { FAULTS, type FaultRow } from "./faults.ts";
import {
  directRoomId,
  directRoomUsers,
  FEED_ID_PATTERN,
  isUserFeed,
  ROOM_ID_PATTERN,
  userFeed,
} from "./ids.ts";
import { LIMITS } from "./limits.ts";

const ONE = "01900000-0000-7000-8000-000000000001";
const TWO = "01900000-0000-7000-8000-000000000002";

test("FT-2 what is not final asks for a retry, what is final never does", () => {
  for (const [code, row] of Object.entries(FAULTS)) expect(row.advice === "retry", code).toBe(!row.final);
});

test("FT-5 every close code that a fault names is in the table, and signing in stops the client", () => {
  for (const [code, row] of Object.entries<FaultRow>(FAULTS)) {
    if (row.close === undefined) continue;
    expect(CLOSE_CODES[row.close], code).toBeDefined();
    expect(closeAdvice(row.close), code).toBe("stop");
  }
});

test("FT-5 an unknown code means reconnect", () => {
  expect([closeAdvice(4999), closeAdvice(1006), closeAdvice(4429), closeAdvice(4401)]).toEqual([
    "reconnect",
    "reconnect",
    "wait",
    "stop",
  ]);
});

test("CM-9 a direct room's id is the same from both sides and gives its users back", () => {
  expect(directRoomId(ONE, TWO)).toBe(directRoomId(TWO, ONE));
  expect(directRoomUsers(directRoomId(TWO, ONE))).toEqual([ONE, TWO]);
  expect(ROOM_ID_PATTERN.test(directRoomId(ONE, TWO))).toBe(true);
});

test("a private feed is a feed and no room", () => {
  expect(isUserFeed(userFeed(ONE))).toBe(true);
  expect(FEED_ID_PATTERN.test(userFeed(ONE))).toBe(true);
  expect(ROOM_ID_PATTERN.test(userFeed(ONE))).toBe(false);
});

test("LM-3 the longest message fits into a frame even when every code point is escaped", () => {
  // An escaped code point above U+FFFF takes twelve bytes, \ud83d\ude00.
  expect(LIMITS.text * 12 + 2_048).toBeLessThan(LIMITS.frame_bytes);
});
