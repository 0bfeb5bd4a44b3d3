import { test } from "bun:test";
import type { ClientBugName, ServerBugName } from "./bugs/list.ts";
import type { Invariant } from "./checker/history.ts";
import { kills } from "./harms.ts";
import { expectGreen, expectRed, seedOf } from "./verdict.ts";

/** Which promise each planted bug breaks. A checker that does not see it would not see the real one. */
const BUGS: readonly [bug: ClientBugName | ServerBugName, invariant: Invariant][] = [
  ["ack-before-commit", "I1"],
  ["fresh-nonce", "I2"],
  ["seq-before-verdict", "I4"],
  ["drops-oldest", "outcomes"],
];

const options = { seed: seedOf(), clients: 8, harm: kills(6) };

for (const [bug, invariant] of BUGS) {
  test(`the checker sees the planted bug ${bug}: ${invariant} is red`, async () => {
    await expectRed(bug, invariant, { ...options, bug });
  }, 120_000);
}

test("the same run without a bug is green", async () => {
  await expectGreen("no bug", options);
}, 120_000);
