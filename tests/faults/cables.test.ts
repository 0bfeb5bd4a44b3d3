import { expect, test } from "bun:test";
import { cables, noFault } from "./nemesis/faults.ts";
import { expectGreen, resends, seedOf } from "./run/verdict.ts";

test("the promise holds while cables are cut, stalled and left half open, and the server lives", async () => {
  const options = { seed: seedOf(), clients: 12, nemesis: cables(7_000), proxied: true };
  const result = await expectGreen("cables", options);
  expect(result.counts.sessions).toBeGreaterThan(30);
  expect(resends(result)).toBeGreaterThan(5);
}, 120_000);

test("the promise holds on a bus that loses, repeats and reorders", async () => {
  const options = { seed: seedOf(), clients: 8, nemesis: noFault(5_000), bug: "lossy-bus" } as const;
  const result = await expectGreen("lossy bus", options);
  expect(result.counts.acks).toBeGreaterThan(150);
}, 120_000);
