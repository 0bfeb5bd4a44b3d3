import { describe, expect, test } from "bun:test";
import {
  around,
  earlier,
  edgesOf,
  INITIAL_ROWS,
  later,
  MAX_ROWS,
  ROWS_STEP,
  windowOf,
} from "./render-window.ts";

const many = (count: number, from = 0) => Array.from({ length: count }, (_, n) => ({ key: `m${from + n}` }));

describe("spanOf", () => {
  test("a short room is drawn whole, a long one from its end", () => {
    expect(windowOf([], null)).toEqual({ start: 0, end: 0 });
    expect(windowOf(many(10), null)).toEqual({ start: 0, end: 10 });
    expect(windowOf(many(1_000), null)).toEqual({ start: 1_000 - INITIAL_ROWS, end: 1_000 });
  });

  test("it stays with its first item when older ones come before it", () => {
    const kept = edgesOf(many(1_000), { start: 100, end: 300 });
    expect(windowOf(many(1_000), kept)).toEqual({ start: 100, end: 300 });
    expect(windowOf(many(1_050, -50), kept)).toEqual({ start: 150, end: 350 });
  });

  test("one that reached the end takes new items, and never more than the most", () => {
    const kept = edgesOf(many(200), { start: 100, end: 200 });
    expect(windowOf(many(230), kept)).toEqual({ start: 100, end: 230 });
    expect(windowOf(many(5_000), kept)).toEqual({ start: 100, end: 100 + MAX_ROWS });
  });

  test("a first item that has gone does not hide the end", () => {
    expect(windowOf(many(1_000), { first: "gone", last: null })).toEqual({
      start: 1_000 - INITIAL_ROWS,
      end: 1_000,
    });
  });
});

describe("moving", () => {
  test("both ways it puts away what is far, unless a text is being selected", () => {
    const full = { start: 400, end: 400 + MAX_ROWS };
    expect(earlier(full, false)).toEqual({ start: 400 - ROWS_STEP, end: 400 - ROWS_STEP + MAX_ROWS });
    expect(earlier(full, true)).toEqual({ start: 400 - ROWS_STEP, end: 400 + MAX_ROWS });
    expect(later(full, 2_000, false)).toEqual({ start: 400 + ROWS_STEP, end: 400 + ROWS_STEP + MAX_ROWS });
    expect(later(full, 2_000, true)).toEqual({ start: 400, end: 400 + MAX_ROWS + ROWS_STEP });
  });

  test("it ends where the list ends", () => {
    expect(earlier({ start: 20, end: 100 }, false)).toEqual({ start: 0, end: 100 });
    expect(later({ start: 20, end: 100 }, 110, false)).toEqual({ start: 20, end: 110 });
    expect(around(3, 50)).toEqual({ start: 0, end: 50 });
    expect(around(999, 1_000)).toEqual({ start: 1_000 - INITIAL_ROWS, end: 1_000 });
    expect(around(500, 1_000)).toEqual({ start: 500 - INITIAL_ROWS / 2, end: 500 + INITIAL_ROWS / 2 });
  });
});
