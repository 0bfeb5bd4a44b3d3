import { expect, test } from "bun:test";
import { INTERVAL, throttled } from "./throttled.ts";

/** A clock that moves only when the test advances it. */
function handClock() {
  let now = 1_000;
  let due: { at: number; run: () => void } | null = null;
  return {
    now: () => now,
    timer(ms: number, run: () => void) {
      due = { at: now + ms, run };
      return () => {
        due = null;
      };
    },
    advance(ms: number) {
      now += ms;
      if (due === null || due.at > now) return;
      const { run } = due;
      due = null;
      run();
    },
  };
}

test("the first change is reported at once, many changes once for each pace, and the last one always", () => {
  const clock = handClock();
  let runs = 0;
  const pace = throttled(() => (runs += 1), clock);
  pace.tell();
  expect(runs).toBe(1);
  for (let n = 0; n < 50; n += 1) pace.tell();
  expect(runs).toBe(1);
  clock.advance(INTERVAL);
  expect(runs).toBe(2);
  clock.advance(INTERVAL);
  expect(runs).toBe(2);
  pace.tell();
  expect(runs).toBe(3);
});

test("after it is stopped nothing is reported", () => {
  const clock = handClock();
  let runs = 0;
  const pace = throttled(() => (runs += 1), clock);
  pace.tell();
  pace.tell();
  pace.stop();
  clock.advance(10 * INTERVAL);
  expect(runs).toBe(1);
});
