import { expect, test } from "bun:test";
import { only } from "../support/checker/history.ts";
import { restarts } from "./nemesis/faults.ts";
import { expectGreen, seedOf } from "./run/verdict.ts";

/** No command is refused by a rule or given up: no role is lowered, nothing is deleted, no page is closed. */
const HARMLESS = {
  wrong: 0,
  leave: 0,
  remove_member: 0,
  role: 0,
  rename: 0,
  destroy: 0,
  remove: 0,
  direct: 0,
  disconnect: 0,
  reload: 0,
};

test("HS-9 SIGTERM under load, again and again: every send that a person makes ends well, and each stop is in order", async () => {
  const options = { seed: seedOf(), clients: 12, nemesis: restarts(4), weights: HARMLESS };
  const { history, counts } = await expectGreen("SIGTERM", options);
  expect(counts.acks).toBeGreaterThan(150);
  expect(counts.stuck).toBe(0);
  // None was refused for good: what was refused for a time was sent again and accepted.
  const refused = only(history, "answered").flatMap((answer) =>
    "fault" in answer && answer.fault.final ? [answer.fault.code] : [],
  );
  expect(refused).toEqual([]);
  expect(only(history, "settled").filter(({ outcome }) => outcome !== "ok")).toEqual([]);
}, 120_000);
