import { expect, test } from "bun:test";
import { crowd } from "./clients/crowd.ts";
import { storms } from "./nemesis/faults.ts";
import { expectGreen, seedOf } from "./run/verdict.ts";

const CLIENTS = 300;

test("a crowd whose server is killed comes back all at once, to head, with nothing lost", async () => {
  const { counts } = await expectGreen("storm", {
    seed: seedOf(),
    ...crowd(CLIENTS),
    nemesis: storms(1),
  });
  expect(counts.sessions).toBeGreaterThanOrEqual(2 * CLIENTS);
  expect(counts.acks).toBeGreaterThan(10);
}, 120_000);
