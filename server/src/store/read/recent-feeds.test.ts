import { expect, test } from "bun:test";
import { RecentFeeds } from "./recent-feeds.ts";

const at = (seq: number) => ({ seq, id: `event ${seq}` });

test("returns the feeds with events since a time, or null for earlier times", () => {
  const recent = new RecentFeeds(1_000);
  recent.put("a", 2_000, at(1));
  recent.put("b", 3_000, at(5));
  recent.put("a", 4_000, at(2));
  expect(recent.since(3_000, 5_000)).toEqual(
    new Map([
      ["b", at(5)],
      ["a", at(2)],
    ]),
  );
  expect(recent.since(4_000, 5_000)).toEqual(new Map([["a", at(2)]]));
  expect(recent.since(1_001, 5_000)?.size).toBe(2);
  expect(recent.since(1_000, 5_000)).toBeNull();
});

test("keeps entries for a minute, and returns null for earlier times", () => {
  const recent = new RecentFeeds(1_000);
  recent.put("a", 2_000, at(1));
  recent.put("b", 50_000, at(1));
  expect(recent.since(55_000, 65_000)).toEqual(new Map());
  expect(recent.since(4_000, 65_000)).toBeNull();
  expect(recent.since(6_000, 65_000)).toEqual(new Map([["b", at(1)]]));
});

test("a clock that was a day ahead and is set back causes no scan of the store", () => {
  const day = 86_400_000;
  const recent = new RecentFeeds(1_000);
  recent.put("a", 30_000 + day, at(1));
  expect(recent.since(60_000 + day, 70_000 + day)).toEqual(new Map());
  recent.put("b", 75_000 + day, at(2));
  // Set back: all entries are of the last minute.
  expect(recent.since(66_000, 76_000)?.get("b")).toEqual(at(2));
  recent.put("c", 77_000, at(3));
  expect(recent.since(76_500, 100_000)).toEqual(new Map([["c", at(3)]]));
  expect(recent.since(130_000, 140_000)).toEqual(new Map());
});
