import { expect, test } from "bun:test";
import { socketLimit } from "./socket-limit.ts";

test("the smaller of what is configured and what the descriptors allow, less a reserve", () => {
  expect(socketLimit(50_000, null)).toBe(50_000);
  expect(socketLimit(50_000, 65_536)).toBe(50_000);
  expect(socketLimit(50_000, 20_000)).toBe(18_000);
  expect(socketLimit(50_000, 1_024)).toBe(896);
  expect(socketLimit(100, 1_024)).toBe(100);
  expect(socketLimit(50_000, 100)).toBe(50);
  expect(socketLimit(50_000, 0)).toBe(1);
});
