import { expect, test } from "bun:test";
import { emptyFacts } from "../../core/facts.ts";
import { KnownFeeds, type OpenFeed } from "./known-feeds.ts";

function feed(no: number, members = 0): OpenFeed {
  const facts = emptyFacts(`feed ${no}`);
  for (let i = 0; i < members; i++) facts.members.set(`user ${i}`, "member");
  facts.messages.set("m", null);
  return { no, lastAt: 1, facts, events: [{} as never] };
}

test("keeps what was committed, without messages and events, and gives it to one batch at a time", () => {
  const known = new KnownFeeds(true);
  const one = feed(1);
  known.keep([one, feed(0)]);
  expect(known.take("feed 1")).toBe(one);
  expect(known.take("feed 1")).toBeUndefined();
  expect(one.facts.messages.size).toBe(0);
  expect(one.events).toEqual([]);
  expect(known.take("feed 0")).toBeUndefined();
});

test("what is used stays while others come and go, and the whole is bounded", () => {
  const known = new KnownFeeds(true);
  known.keep([feed(1), feed(2)]);
  for (let no = 3; no < 40_000; no++) {
    const used = known.take("feed 1");
    known.keep(used ? [used, feed(no)] : [feed(no)]);
  }
  expect(known.take("feed 1")).toBeDefined();
  expect(known.take("feed 2")).toBeUndefined();
  let kept = 0;
  for (let no = 1; no < 40_000; no++) if (known.take(`feed ${no}`)) kept++;
  expect(kept).toBeLessThan(20_000);
});

test("many members count too", () => {
  const known = new KnownFeeds(true);
  for (let no = 1; no < 40; no++) known.keep([feed(no, 20_000)]);
  expect(known.take("feed 1")).toBeUndefined();
  expect(known.take("feed 39")).toBeDefined();
});
