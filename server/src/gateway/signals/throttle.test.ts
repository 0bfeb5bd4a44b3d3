import { expect, test } from "bun:test";
import { FakeClock } from "../../testing/fake-clock.ts";
import { Throttle } from "./throttle.ts";

test("SG-4 the first at once, the rest together, never two within the time", () => {
  const clock = new FakeClock();
  const said: number[] = [];
  const began = clock.now();
  const pace = new Throttle(clock, 1_000, () => {
    said.push(clock.now() - began);
    return true;
  });
  for (let i = 0; i < 50; i++) {
    pace.request();
    clock.advance(90);
  }
  clock.advance(5_000);
  expect(said).toEqual([0, 1_000, 2_000, 3_000, 4_000, 5_000]);
  expect(clock.waiting).toBe(0);
});

test("SG-4 when there is nothing to say after all, the next is again the first", () => {
  const clock = new FakeClock();
  let something = true;
  let said = 0;
  const pace = new Throttle(clock, 1_000, () => {
    if (something) said++;
    return something;
  });
  pace.request();
  pace.request();
  something = false;
  clock.advance(1_000);
  something = true;
  pace.request();
  expect(said).toBe(2);
  pace.request();
  pace.stop();
  clock.advance(2_000);
  expect(said).toBe(2);
});
