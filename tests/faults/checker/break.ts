import { expect, test } from "bun:test";
import { check, report } from "../../support/checker/check.ts";
import type { Answered, Applied, Entry, History, Invariant } from "../../support/checker/history.ts";
import { greenSample, type Sample } from "./sample.ts";

/** One way to break the sample, and what the checker must say about it. */
export type Break = { name: string; invariant: Invariant; says: string; break: (sample: Sample) => History };

/** Replaces the one entry that `find` names. */
export function change<T extends Entry["t"]>(
  sample: Sample,
  t: T,
  find: (entry: Extract<Entry, { t: T }>) => boolean,
  to: (entry: Extract<Entry, { t: T }>) => Entry | undefined,
): History {
  const index = sample.entries.findLastIndex((e) => e.t === t && find(e as Extract<Entry, { t: T }>));
  if (index < 0) throw new Error(`the sample has no such ${t}`);
  const changed = to(sample.entries[index] as Extract<Entry, { t: T }>);
  sample.entries.splice(index, 1, ...(changed ? [changed] : []));
  return sample.history();
}

export const ackOf = (nonce: string) => (entry: Answered) => entry.nonce === nonce;
export const acked = (entry: Answered) => ("ack" in entry ? entry.ack : undefined)!;
export const appliedBy = (client: string, seq: number) => (entry: Applied) =>
  entry.client === client && entry.feed === "lobby" && entry.seq === seq;

/** The last answer to a nonce becomes a final fault. */
export function refused(sample: Sample, nonce: string): History {
  return change(sample, "answered", ackOf(nonce), ({ t, client, at }) => ({
    t,
    client,
    at,
    nonce,
    fault: { code: "not_a_member", final: true },
  }));
}

/** A test that the checker sees this break, and names the invariant and the seed. */
export function testBreak({ name, invariant, says, break: breakIt }: Break): void {
  test(`${invariant} is red when ${name}`, () => {
    const violations = check(breakIt(greenSample()));
    const own = violations.filter((violation) => violation.invariant === invariant);
    expect(report(own)).toContain(says);
    expect(report(own)).toStartWith(`${invariant} (seed 7): `);
  });
}
