import { expect, test } from "bun:test";
import { BACKOFF, backoff } from "./backoff.ts";

test("a pause lies between 0 and its ceiling, both within reach", () => {
  for (let attempt = 0; attempt < 2_000; attempt++) {
    const ceiling = Math.min(BACKOFF.cap, BACKOFF.base * 2 ** attempt);
    expect(backoff(attempt, 0)).toBe(0);
    expect(backoff(attempt, 1 - Number.EPSILON)).toBe(ceiling);
  }
});
