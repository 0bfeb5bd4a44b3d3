import { expect, test } from "bun:test";
import { stoppedGateways, workerFaults } from "./nemesis/workers.ts";
import { expectGreen, expectRed, resends, seedOf } from "./run/verdict.ts";

test("the promise holds over the ends of gateways, of the store process and of the supervisor", async () => {
  const options = { seed: seedOf(), clients: 12, workers: 2, nemesis: workerFaults(12) };
  const result = await expectGreen("workers", options);
  expect(result.counts.acks).toBeGreaterThan(150);
  expect(resends(result)).toBeGreaterThan(5);
  expect(result.counts.stuck).toBe(0);
}, 180_000);

test("a store process that does not look nonces up turns the run red: I2", async () => {
  const options = { seed: seedOf(), clients: 12, workers: 2, bug: "forgets-nonces" } as const;
  await expectRed("forgets-nonces", "I2", { ...options, nemesis: workerFaults(8), healWithin: 4_000 });
}, 180_000);

test("a link that ignores back-pressure turns the run red: clients do not get to head", async () => {
  const options = { seed: seedOf(), clients: 12, workers: 2, bug: "naive-writer" } as const;
  await expectRed("naive-writer", "I10", {
    ...options,
    weights: { burst: 60, send: 60 },
    nemesis: stoppedGateways(3, 4_000),
    healWithin: 5_000,
  });
}, 180_000);
