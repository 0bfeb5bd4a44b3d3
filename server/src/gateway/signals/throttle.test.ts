import { expect, test } from "bun:test";
import { FakeClock } from "../../testing/fake-clock.ts";
import { Throttle } from "./throttle.ts";

test("SG-4 the first runs at once, the rest together, never two within the interval", () => {
  const clock = new FakeClock();
  const runs: number[] = [];
  const began = clock.now();
  const throttle = new Throttle(clock, 1_000, () => {
    runs.push(clock.now() - began);
    return true;
  });
  for (let i = 0; i < 50; i++) {
    throttle.request();
    clock.advance(90);
  }
  clock.advance(5_000);
  expect(runs).toEqual([0, 1_000, 2_000, 3_000, 4_000, 5_000]);
  expect(clock.waiting).toBe(0);
});

test("SG-4 after a run with nothing to do the next request counts as the first", () => {
  const clock = new FakeClock();
  let something = true;
  let runs = 0;
  const throttle = new Throttle(clock, 1_000, () => {
    if (something) runs++;
    return something;
  });
  throttle.request();
  throttle.request();
  something = false;
  clock.advance(1_000);
  something = true;
  throttle.request();
  expect(runs).toBe(2);
  throttle.request();
  throttle.stop();
  clock.advance(2_000);
  expect(runs).toBe(2);
});
