import { describe, expect, test } from "bun:test";
import type { TimelineItem } from "@parley/sdk";
import { firstNew, moveLine, type NewLine } from "./new-line.ts";

const read = (seq: number, unread = 0) => ({ seq, unread });
const items = [4, 6, 7, 9].map((seq) => ({ key: `m${seq}`, seq, own: seq === 7 }) as TimelineItem);

describe("where the new messages begin", () => {
  test("opened with something unread: above the first of them, also while it is read", () => {
    const line = moveLine(null, { read: read(5, 3), head: 9, reading: false });
    expect(line).toEqual({ above: 5, until: null, count: 3 });
    const seen = moveLine(line, { read: read(9), head: 9, reading: true });
    expect(seen).toEqual({ above: 5, until: 9, count: 3 });
    expect(firstNew(items, seen, false)?.seq).toBe(6);
    // Nothing moves it while the user is reading, and it is the same object.
    expect(moveLine(seen, { read: read(12), head: 12, reading: true })).toBe(seen);
  });

  test("what comes while the user is reading is not new", () => {
    const line = moveLine(null, { read: read(9), head: 9, reading: true });
    expect(firstNew(items, line, false)).toBeNull();
    expect(moveLine(line, { read: read(9), head: 9, reading: false })).toBe(line);
  });

  test("what comes while the user is away is new from there on", () => {
    const before: NewLine = { above: 2, until: 5, count: 1 };
    const line = moveLine(before, { read: read(6, 1), head: 9, reading: false });
    expect(line).toEqual({ above: 6, until: null, count: 1 });
    // An own message is not news.
    expect(firstNew(items, line, false)?.seq).toBe(9);
  });

  test("what was read on another device is not new here, but a line that the user drew stays", () => {
    const line: NewLine = { above: 5, until: null, count: 3 };
    const elsewhere = { read: read(9), head: 9, reading: false };
    expect(moveLine(line, elsewhere)).toEqual({ above: 9, until: null, count: 0 });
    expect(moveLine(line, { ...elsewhere, drawn: true })).toBe(line);
  });

  test("no line where the first may lie in pages that are not loaded", () => {
    const line: NewLine = { above: 1, until: null, count: 20 };
    expect(firstNew(items, line, true)).toBeNull();
    expect(firstNew(items, line, false)?.seq).toBe(4);
  });
});
