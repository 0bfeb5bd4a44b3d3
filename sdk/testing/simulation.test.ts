import { expect, test } from "bun:test";
import {
  countsRunsAsOne,
  dropsOldest,
  freshNonceOnResend,
  ignoresEvents,
  keepsNothing,
  losesReads,
  sendsNewestFirst,
} from "./mutants.ts";
import { simulate } from "./run.ts";

/** Seeds a run; `SIM_SEEDS=5000` takes more, `SIM_SEED=17` that one alone. */
const count = Number(process.env.SIM_SEEDS ?? 200);
const only = process.env.SIM_SEED === undefined ? null : Number(process.env.SIM_SEED);

/** Runs the seeds from 1 to `seeds`, beginning with `first`, until one violates an invariant. */
async function firstWrong(
  seeds: number,
  options: Omit<Parameters<typeof simulate>[0], "seed">,
  first = 1,
): Promise<string | null> {
  for (let step = 0; step < (only === null ? seeds : 1); step++) {
    const seed = only ?? ((first - 1 + step) % seeds) + 1;
    const wrong = await simulate({ seed, ...options });
    if (wrong.length > 0)
      return [`seed ${seed} (SIM_SEED=${seed} runs it alone)`, ...wrong.slice(0, 5)].join("\n");
  }
  return null;
}

test("P2 P3 P4 P5: what was sent is stored once, in order, and all devices show the same rooms, messages, reactions and unread", async () => {
  expect(await firstWrong(count, {})).toBeNull();
}, 60_000);

test("P6 RS-5: another lineage drops every copy, and nothing of the old one stays", async () => {
  expect(await firstWrong(count / 2, { restore: "new epoch" })).toBeNull();
}, 60_000);

test("P6 RS-2: a log that goes back under the same epoch drops the copies that it does not continue", async () => {
  expect(await firstWrong(count, { restore: "same epoch" })).toBeNull();
}, 60_000);

test("P3 a second tab that sends the same makes nothing twice", async () => {
  expect(await firstWrong(count / 2, { tabs: true })).toBeNull();
}, 60_000);

// The simulation is useful only if it sees the bugs that it is for. Rare ones have a seed that shows them, which is run first.
test.each([
  ["a fresh nonce on resend", freshNonceOnResend, "I2"],
  ["an outbox that drops its oldest", dropsOldest, "I7"],
  ["an outbox that keeps nothing over a reload", keepsNothing, "I7"],
  ["an outbox that sends the newest first", sendsNewestFirst, "I6"],
])(
  "sees %s",
  async (_, outbox, invariant) => {
    expect(await firstWrong(60, { mutant: { outbox } })).toContain(invariant);
  },
  60_000,
);

test.each([
  ["read positions that are lost", losesReads, "I10", 83],
  ["read positions of other devices that are not applied", ignoresEvents("room_read"), "I10", 258],
  ["reactions that are never taken back", ignoresEvents("reaction_removed"), "I1", 1],
  ["names of rooms that stay", ignoresEvents("room_renamed"), "I1 the rooms are", 1],
  ["runs of joinings that count as one", countsRunsAsOne, "I1 the rooms are", 1],
  ["roles that stay", ignoresEvents("role_changed"), "I1 the rooms are", 1],
  ["deletions that leave the count of unread", ignoresEvents("message_deleted"), "I1", 1],
])(
  "sees %s",
  async (_, openSocket, invariant, first) => {
    expect(await firstWrong(600, { mutant: { openSocket } }, first)).toContain(invariant);
  },
  60_000,
);
