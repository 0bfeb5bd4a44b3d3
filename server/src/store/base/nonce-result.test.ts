import { expect, test } from "bun:test";
import { randomFillSync } from "node:crypto";
import { readNonceResult, readTime, writeNonceResult, writeTime } from "./nonce-result.ts";
import { uuidv7 } from "./uuid.ts";

const newId = uuidv7(randomFillSync);
const NUMBERS = [0, 1, 127, 128, 16_383, 16_384, 2 ** 31, 2 ** 32 + 5, Number.MAX_SAFE_INTEGER];

test("an answer comes back as it was", () => {
  for (const no of NUMBERS) {
    for (const seq of NUMBERS) {
      const placed = [1, 2, 3].map((n) => ({ feed: `f${n}`, seq: Math.max(0, seq - n), id: newId(n) }));
      const read = readNonceResult(writeNonceResult(placed, (feed) => (feed === "f2" ? no : 7)));
      expect(read).toEqual(placed.map(({ feed, seq, id }) => ({ no: feed === "f2" ? no : 7, seq, id })));
    }
  }
  expect(readNonceResult(writeNonceResult([], () => 1))).toEqual([]);
});

test("a message's answer takes 20 bytes or less in the first 16,383 feeds and events", () => {
  const one = [{ feed: "f", seq: 16_383, id: newId(1) }];
  expect(writeNonceResult(one, () => 16_383).length).toBe(20);
});

test("an answer that is cut off is an error, never another answer", () => {
  const bytes = writeNonceResult([{ feed: "f", seq: 300, id: newId(5) }], () => 300);
  for (let length = 1; length < bytes.length; length++)
    expect(() => readNonceResult(bytes.subarray(0, length))).toThrow("cut off");
});

test("its time is kept only where the ids do not say it", () => {
  const placed = [5_000, 9_000, 7_000].map((at) => ({ id: newId(at) }));
  expect(writeTime(9_000, placed)).toBeNull();
  expect(readTime(null, placed)).toBe(9_000);
  for (const at of [0, 8_999, 9_001]) expect(readTime(writeTime(at, placed), placed)).toBe(at);
  expect(readTime(writeTime(4, []), [])).toBe(4);
});
