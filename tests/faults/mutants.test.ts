import { test } from "bun:test";
import type { Invariant } from "./checker/history.ts";
import type { ClientBugName, ServerBugName } from "./mutants/registry.ts";
import { calm, kills } from "./nemesis/faults.ts";
import type { RunOptions } from "./run/fault-run.ts";
import { expectGreen, expectRed, seedOf } from "./run/verdict.ts";

/** People come and go, and are sent away, more often than they talk of it. */
const RESTLESS = { leave: 8, remove_member: 8, join: 8, disconnect: 10, destroy: 0 };
const REACTING = { react: 30, send: 40 };

type Row = [bug: ClientBugName | ServerBugName, invariant: Invariant, changed?: Partial<RunOptions>];

/** Which promise each planted bug breaks. A checker that does not see it would not see the real one. */
const BUGS: readonly Row[] = [
  ["ack-before-commit", "I1"],
  ["fresh-nonce", "I2"],
  ["seq-before-verdict", "I4"],
  ["drops-oldest", "outcomes"],
  ["short-pages", "readings"],
  ["forgets-reactions", "readings", { harm: calm(4_000), weights: REACTING }],
  ["remembers-members", "I13", { harm: calm(6_000), weights: RESTLESS }],
];

const options = { seed: seedOf(), clients: 8, harm: kills(5), healWithin: 4_000 };

// At the same time: they wait more than they work.
for (const [bug, invariant, changed] of BUGS) {
  test.concurrent(`the checker sees the planted bug ${bug}: ${invariant} is red`, async () => {
    await expectRed(bug, invariant, { ...options, ...changed, bug });
  }, 120_000);
}

test("the same run without a bug is green", async () => {
  const { healWithin: _, ...run } = options;
  await expectGreen("no bug", run);
}, 120_000);
