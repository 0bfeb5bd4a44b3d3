import { expect, test } from "bun:test";
import { FrameLimiter, TokenBucket } from "./rate-limiter.ts";

test("LM-4 a burst passes, then the rate holds, and the wait that is named is enough", () => {
  const bucket = new TokenBucket(10, 3, 0);
  expect([0, 0, 0].map((now) => bucket.take(now))).toEqual([0, 0, 0]);
  const wait = bucket.take(0);
  expect(wait).toBe(100);
  expect(bucket.take(wait - 1)).toBeGreaterThan(0);
  expect(bucket.take(wait)).toBe(0);
});

test("LM-4 over a second no more pass than rate and burst allow, however they arrive", () => {
  const bucket = new TokenBucket(10, 30, 0);
  let passed = 0;
  for (let now = 0; now <= 1_000; now++) if (bucket.take(now) === 0) passed++;
  expect(passed).toBeGreaterThanOrEqual(39);
  expect(passed).toBeLessThanOrEqual(40);
});

test("a clock that jumps back gives nothing and takes nothing", () => {
  const bucket = new TokenBucket(10, 1, 1_000);
  expect(bucket.take(1_000)).toBe(0);
  expect(bucket.take(0)).toBeGreaterThan(0);
  expect(bucket.take(100)).toBe(0);
});

test("LM-10 a thousand frames above the rate are answered, a pause resets the count, and more are a flood", () => {
  const frames = new FrameLimiter(50, 0);
  for (let count = 0; count < 100; count++) expect(frames.take(0)).toBe(0);
  for (let count = 0; count < 1_000; count++) expect(frames.take(0)).toBe(20);
  expect(frames.take(0)).toBe(Number.POSITIVE_INFINITY);
  expect(frames.take(2_000)).toBe(0);
  for (let count = 0; count < 99; count++) frames.take(2_000);
  expect(frames.take(2_000)).toBe(20);
});

test("RS-9 SG-1 the extra cost of a frame delays those that follow", () => {
  const frames = new FrameLimiter(10, 0);
  expect(frames.take(0)).toBe(0);
  frames.charge(29);
  expect(frames.take(0)).toBeCloseTo(1_100, -1);
  expect(frames.take(1_000)).toBeGreaterThan(0);
  expect(frames.take(1_101)).toBe(0);
});
