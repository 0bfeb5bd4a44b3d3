import { expect, test } from "bun:test";
import { FakeClock } from "../../testing/fake-clock.ts";
import type { Timing } from "../signals/timing.ts";
import { TokenBucket } from "./rate-limiter.ts";
import { RefillClock } from "./refill-clock.ts";

test("it runs with the monotonic clock", () => {
  const hand = new FakeClock();
  const clock = new RefillClock(hand);
  const before = clock.now();
  hand.advance(12_345);
  expect(clock.now() - before).toBe(12_345);
  clock.close();
  expect(hand.waiting).toBe(0);
});

/** A clock that a blocked process has: time passes, and what is due runs only in the next turn. */
function blocked() {
  let now = 0;
  let due: (() => void)[] = [];
  const timing: Timing = {
    now: () => now,
    after(_, run) {
      due.push(run);
      return () => {};
    },
  };
  const turn = () => {
    const all = due;
    due = [];
    for (const run of all) run();
  };
  const block = (milliseconds: number) => {
    now += milliseconds;
  };
  return { timing, turn, block };
}

test("LM-16 the time in which the process was blocked is not counted, in that turn and after it, and the clock never goes back", () => {
  const { timing, turn, block } = blocked();
  const clock = new RefillClock(timing);
  const bucket = new TokenBucket(10, 5, clock.now());
  for (let count = 0; count < 5; count++) expect(bucket.take(clock.now())).toBe(0);
  block(60_000);
  const inside = clock.now();
  turn();
  const behind = clock.now();
  expect(inside).toBeLessThanOrEqual(200);
  expect(behind).toBe(inside);
  // A minute at 10 a second would fill all five: two were refilled.
  const taken = [0, 1, 2, 3, 4].filter(() => bucket.take(clock.now()) === 0);
  expect(taken.length).toBe(2);
  block(50);
  expect(clock.now()).toBe(behind + 50);
});
