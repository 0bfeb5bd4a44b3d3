import { describe, expect, test } from "bun:test";
import { DRAWN, keyFrom, startOf } from "./drawn-rows.ts";
import type { Row } from "./rows.ts";

const message = (n: number) => ({ kind: "message", key: `m${n}` }) as Row;
const day = (n: number) => ({ kind: "day", key: `day m${n}`, at: 0 }) as Row;
const many = Array.from({ length: DRAWN + 50 }, (_, n) => message(n));

describe("startOf", () => {
  test("a short room is drawn whole", () => {
    expect(startOf([], null)).toBe(0);
    expect(startOf(many.slice(0, 10), null)).toBe(0);
    expect(startOf(many.slice(0, 10), "m4")).toBe(0);
  });

  test("at the end, the newest", () => {
    expect(startOf(many, null)).toBe(50);
  });

  test("further up, from the first row on, however many come after it", () => {
    expect(startOf(many, "m20")).toBe(20);
    expect(startOf([...many, ...Array.from({ length: 500 }, (_, n) => message(1000 + n))], "m20")).toBe(20);
  });

  test("its date is drawn with it", () => {
    expect(startOf([day(0), ...many], "m0")).toBe(0);
  });

  test("a first row that has gone does not hide the end", () => {
    expect(startOf(many, "gone")).toBe(50);
  });
});

describe("keyFrom", () => {
  test("skips dates", () => {
    expect(keyFrom([day(0), message(0)], 0)).toBe("m0");
    expect(keyFrom([message(0), day(1), message(1)], 1)).toBe("m1");
  });

  test("an index before the beginning is the beginning; nothing is null", () => {
    expect(keyFrom(many, -20)).toBe("m0");
    expect(keyFrom([], 0)).toBeNull();
  });
});
