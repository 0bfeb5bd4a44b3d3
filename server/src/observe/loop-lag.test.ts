import { expect, test } from "bun:test";
import { LoopLag } from "./loop-lag.ts";

test("each sample that was due in a pause is added with its own delay", async () => {
  const samples: number[] = [];
  let arrived = () => {};
  const lag = new LoopLag({
    observe: (seconds) => {
      samples.push(seconds);
      arrived();
    },
    monotonicNow: () => performance.now(),
  });
  try {
    const until = performance.now() + 400;
    while (performance.now() < until);
    await new Promise<void>((resolve) => {
      arrived = () => queueMicrotask(resolve);
    });
    // 20 samples were due; those of the first 200 ms came more than 150 ms late.
    expect(samples.filter((seconds) => seconds > 0.15).length).toBeGreaterThan(5);
    expect(samples.filter((seconds) => seconds > 0.15).length).toBeLessThan(1_001);
    expect(Math.max(...samples)).toBeGreaterThan(0.35);
    expect(Math.min(...samples)).toBeGreaterThanOrEqual(0);
  } finally {
    lag.close();
  }
});
