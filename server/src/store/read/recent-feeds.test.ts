import { expect, test } from "bun:test";
import { RecentFeeds } from "./recent-feeds.ts";

const at = (seq: number) => ({ seq, id: `event ${seq}` });

function setUp() {
  const clock = { now: 0 };
  const recent = new RecentFeeds(() => clock.now);
  return { clock, recent };
}

test("returns the feeds with events after a cursor, and nothing twice", () => {
  const { recent } = setUp();
  recent.put([["a", at(1)]]);
  const first = recent.since(null);
  expect([first.whole, first.feeds.size]).toEqual([false, 0]);
  recent.put([
    ["b", at(5)],
    ["a", at(2)],
  ]);
  recent.put([["c", at(1)]]);
  const second = recent.since(first.cursor);
  expect(second.whole).toBe(true);
  expect(second.feeds).toEqual(
    new Map([
      ["a", at(2)],
      ["b", at(5)],
      ["c", at(1)],
    ]),
  );
  expect(recent.since(second.cursor).feeds).toEqual(new Map());
  // Several readers: a cursor stays valid.
  expect(recent.since(first.cursor).feeds).toEqual(second.feeds);
});

test("a cursor from before the kept minute misses something, and says so", () => {
  const { clock, recent } = setUp();
  const { cursor: start } = recent.since(null);
  recent.put([["a", at(1)]]);
  const { cursor } = recent.since(start);
  clock.now = 60_001;
  recent.put([["b", at(1)]]);
  // Still there, and removed by this call.
  expect(recent.since(start).feeds.size).toBe(2);
  expect(recent.since(start)).toMatchObject({ whole: false, feeds: new Map() });
  expect(recent.since(cursor)).toMatchObject({ whole: true, feeds: new Map([["b", at(1)]]) });
});

test("a cursor of another process, or no cursor at all, misses something", () => {
  const { recent } = setUp();
  const other = setUp().recent;
  other.put([["a", at(1)]]);
  recent.put([["a", at(1)]]);
  for (const cursor of [other.since(null).cursor, "", ".", "x.1"]) {
    expect(recent.since(cursor).whole).toBe(false);
  }
});
