import { expect, test } from "bun:test";
import { emptyFacts } from "../../core/facts.ts";
import { KnownFeeds, type OpenFeed } from "./known-feeds.ts";

function feed(no: number, members = 0): OpenFeed {
  const facts = emptyFacts(`feed ${no}`);
  for (let i = 0; i < members; i++) facts.members.set(`user ${i}`, "member");
  facts.messages.set("m", null);
  return { no, lastAt: 1, facts, events: [{} as never] };
}

test("keeps what was committed, without messages and events, and drops what was not", () => {
  const known = new KnownFeeds(true);
  const one = feed(1);
  known.keep([one, feed(0)]);
  expect(known.get("feed 1")).toBe(one);
  expect(one.facts.messages.size).toBe(0);
  expect(one.events).toEqual([]);
  expect(known.get("feed 0")).toBeUndefined();
  known.drop(["feed 1"]);
  expect(known.get("feed 1")).toBeUndefined();
});

test("what is used stays while others come and go, and the whole is bounded", () => {
  const known = new KnownFeeds(true);
  known.keep([feed(1), feed(2)]);
  for (let no = 3; no < 40_000; no++) {
    known.get("feed 1");
    known.keep([feed(no)]);
  }
  expect(known.get("feed 1")).toBeDefined();
  expect(known.get("feed 2")).toBeUndefined();
  let kept = 0;
  for (let no = 1; no < 40_000; no++) if (known.get(`feed ${no}`)) kept++;
  expect(kept).toBeLessThan(20_000);
});

test("many members count too", () => {
  const known = new KnownFeeds(true);
  for (let no = 1; no < 40; no++) known.keep([feed(no, 20_000)]);
  expect(known.get("feed 1")).toBeUndefined();
  expect(known.get("feed 39")).toBeDefined();
});
