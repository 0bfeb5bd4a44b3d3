import { expect, test } from "bun:test";
import { HandClock } from "../../testing/fake-clock.ts";
import { Pace } from "./throttle.ts";

test("SG-4 the first at once, the rest together, never two within the time", () => {
  const clock = new HandClock();
  const said: number[] = [];
  const began = clock.now();
  const pace = new Pace(clock, 1_000, () => {
    said.push(clock.now() - began);
    return true;
  });
  for (let i = 0; i < 50; i++) {
    pace.ask();
    clock.pass(90);
  }
  clock.pass(5_000);
  expect(said).toEqual([0, 1_000, 2_000, 3_000, 4_000, 5_000]);
  expect(clock.waiting).toBe(0);
});

test("SG-4 when there is nothing to say after all, the next is again the first", () => {
  const clock = new HandClock();
  let something = true;
  let said = 0;
  const pace = new Pace(clock, 1_000, () => {
    if (something) said++;
    return something;
  });
  pace.ask();
  pace.ask();
  something = false;
  clock.pass(1_000);
  something = true;
  pace.ask();
  expect(said).toBe(2);
  pace.ask();
  pace.stop();
  clock.pass(2_000);
  expect(said).toBe(2);
});
