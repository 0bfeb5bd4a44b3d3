import { test } from "bun:test";
import type { Invariant } from "../support/checker/history.ts";
import type { ClientMutantName, ServerMutantName } from "./mutants/registry.ts";
import { kills, noFault } from "./nemesis/faults.ts";
import type { RunOptions } from "./run/fault-run.ts";
import { expectGreen, expectRed, seedOf } from "./run/verdict.ts";

/** People come and go, and are sent away, more often than they talk of it. */
const RESTLESS = { leave: 8, remove_member: 8, join: 8, disconnect: 10, destroy: 0 };
const GOVERNING = { create: 8, invite: 12, join: 12, role: 40, leave: 8, destroy: 0 };
const REACTING = { react: 30, send: 40 };

type MutantRow = [
  bug: ClientMutantName | ServerMutantName,
  invariant: Invariant,
  changed?: Partial<RunOptions>,
];

/** Some bugs show only in a rare schedule: further seeds are tried. */
const ATTEMPTS = 6;

async function expectRedWithin(
  attempts: number,
  bug: string,
  invariant: Invariant,
  runOptions: RunOptions,
): Promise<void> {
  try {
    await expectRed(bug, invariant, runOptions);
  } catch (error) {
    if (attempts <= 1) throw error;
    await expectRedWithin(attempts - 1, bug, invariant, { ...runOptions, seed: runOptions.seed + 1 });
  }
}

/** Which promise each injected bug breaks. A checker that does not see it would not see the real one. */
const MUTANTS: readonly MutantRow[] = [
  ["ack-before-commit", "I1"],
  ["fresh-nonce", "I2"],
  ["seq-before-verdict", "I4"],
  ["drops-oldest", "outcomes"],
  // Clients whose copies disagree with the pages load them again, so that healing takes longer beside the other runs.
  ["short-pages", "readings", { healWithin: 20_000 }],
  ["forgets-reactions", "readings", { nemesis: noFault(4_000), weights: REACTING }],
  ["remembers-members", "I13", { nemesis: noFault(6_000), weights: RESTLESS }],
  ["keeps-owners", "owners", { nemesis: noFault(9_000), weights: GOVERNING }],
];

const options = { seed: seedOf(), clients: 8, nemesis: kills(5), healWithin: 4_000 };

/** Runs at the same time: they wait more than they work. More of them leave each other too few commands. */
const AT_ONCE = 4;

function testMutants(mutants: readonly MutantRow[]): void {
  for (const [bug, invariant, changed] of mutants) {
    test.concurrent(`the checker sees the injected bug ${bug}: ${invariant} is red`, async () => {
      await expectRedWithin(ATTEMPTS, bug, invariant, { ...options, ...changed, bug });
    }, 240_000);
  }
}

testMutants(MUTANTS.slice(0, AT_ONCE));

// Between the two groups: a test that is not concurrent begins when all before it have ended.
test("the same run without a bug is green", async () => {
  const { healWithin: _, ...run } = options;
  await expectGreen("no bug", run);
}, 120_000);

testMutants(MUTANTS.slice(AT_ONCE));
