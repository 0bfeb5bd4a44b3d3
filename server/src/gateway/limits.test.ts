import { expect, test } from "bun:test";
import { Bucket } from "./limits.ts";

test("LM-4 a burst passes, then the rate holds, and the wait that is named is enough", () => {
  const bucket = new Bucket(10, 3, 0);
  expect([0, 0, 0].map((now) => bucket.take(now))).toEqual([0, 0, 0]);
  const wait = bucket.take(0);
  expect(wait).toBe(100);
  expect(bucket.take(wait - 1)).toBeGreaterThan(0);
  expect(bucket.take(wait)).toBe(0);
});

test("LM-4 over a second no more pass than rate and burst allow, however they come", () => {
  const bucket = new Bucket(10, 30, 0);
  let passed = 0;
  for (let now = 0; now <= 1_000; now++) if (bucket.take(now) === 0) passed++;
  expect(passed).toBeGreaterThanOrEqual(39);
  expect(passed).toBeLessThanOrEqual(40);
});

test("a clock that jumps back gives nothing and takes nothing", () => {
  const bucket = new Bucket(10, 1, 1_000);
  expect(bucket.take(1_000)).toBe(0);
  expect(bucket.take(0)).toBeGreaterThan(0);
  expect(bucket.take(100)).toBe(0);
});
