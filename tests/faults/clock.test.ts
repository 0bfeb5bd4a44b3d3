import { expect, test } from "bun:test";
import { noFault } from "./nemesis/faults.ts";
import { expectGreen, seedOf } from "./run/verdict.ts";

const HOUR = 3_600_000;

test("EV-1 a clock that jumps an hour ahead and back: times never decrease in a feed, no event is lost, no session is closed", async () => {
  const options = { seed: seedOf(), clients: 10, nemesis: noFault(4_000), bug: "jumping-clock" } as const;
  const { history, counts } = await expectGreen("jumping clock", options);
  expect(counts.acks).toBeGreaterThan(100);
  // It did jump: the times of the store span more than the run took.
  const times = history.store.events.map(({ at }) => at);
  expect(times.reduce((a, b) => Math.max(a, b)) - times.reduce((a, b) => Math.min(a, b))).toBeGreaterThan(
    HOUR / 2,
  );
}, 120_000);
