import { expect, test } from "bun:test";
import { RecentFeeds } from "./recent-feeds.ts";

const at = (seq: number) => ({ seq, id: `event ${seq}` });

test("says which feeds moved since, and what it cannot know", () => {
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

test("forgets after a minute, and says so", () => {
  const recent = new RecentFeeds(1_000);
  recent.put("a", 2_000, at(1));
  recent.put("b", 50_000, at(1));
  expect(recent.since(55_000, 65_000)).toEqual(new Map());
  expect(recent.since(4_000, 65_000)).toBeNull();
  expect(recent.since(6_000, 65_000)).toEqual(new Map([["b", at(1)]]));
});
