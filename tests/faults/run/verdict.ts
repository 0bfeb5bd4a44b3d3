import { expect } from "bun:test";
import { report } from "../../support/checker/check.ts";
import { only } from "../../support/checker/history.ts";
import { faultRun, type RunOptions, type RunResult } from "./fault-run.ts";

/** The seed of this run of the tests: `FAULT_SEED` repeats an earlier one. */
export function seedOf(): number {
  return Number(process.env.FAULT_SEED ?? Math.floor(Math.random() * 1_000_000));
}

/** Runs, prints the counts and the seed, and expects no violation. Keeps the folder of a red run. */
export async function expectGreen(name: string, options: RunOptions): Promise<RunResult> {
  const result = await run(name, options);
  const { violations, folder, clean } = result;
  if (violations.length === 0) clean();
  else console.log(`${name}: RED with seed ${options.seed}, records and data are in ${folder}`);
  expect(report(violations)).toBe("");
  // Whatever was injected, the server itself logged no error.
  expect(result.log.split("\n").filter((line) => line.includes('"level":50'))).toEqual([]);
  return result;
}

/** Runs with an injected bug, and expects that the checker names the invariant. */
export async function expectRed(name: string, invariant: string, options: RunOptions): Promise<void> {
  const { violations, clean } = await run(name, options);
  clean();
  expect(violations.map((violation) => violation.invariant)).toContain(invariant as never);
}

async function run(name: string, options: RunOptions): Promise<RunResult> {
  const result = await faultRun(options);
  const { acks, events, sessions, seconds } = result.counts;
  const red = [...new Set(result.violations.map(({ invariant }) => invariant))].join(", ") || "green";
  console.log(
    `${name}: seed ${options.seed}, ${acks} acks, ${events} events, ${sessions} sessions, ${seconds} s: ${red}`,
  );
  return result;
}

/** How many commands were sent more than once: with none, resending was not tested. */
export function resends({ history }: RunResult): number {
  const times = new Map<string, number>();
  for (const { client, nonce } of only(history, "sent")) {
    times.set(`${client} ${nonce}`, (times.get(`${client} ${nonce}`) ?? 0) + 1);
  }
  return [...times.values()].filter((count) => count > 1).length;
}
