import { i7, outcomes } from "./attempts.ts";
import { i1 } from "./durability.ts";
import { i13 } from "./entitlement.ts";
import { i10 } from "./healing.ts";
import type { History, Violation } from "./history.ts";
import { i2, i5 } from "./once.ts";
import { i3, i4, i6, i8 } from "./order.ts";
import { owners } from "./owners.ts";
import { readings } from "./readings.ts";
import { i15 } from "./screen.ts";

/** Every invariant, in the order in which they help to understand a red run. I9 needs a trace of the server's calls. */
const CHECKS: readonly ((history: History) => Violation[])[] = [
  i1,
  i2,
  i3,
  i4,
  i5,
  i6,
  i7,
  i8,
  i10,
  i13,
  i15,
  readings,
  owners,
  outcomes,
];

/** All that does not hold in this history; nothing if the promise was kept. */
export function check(history: History): Violation[] {
  return CHECKS.flatMap((invariant) => invariant(history));
}

/** What a person reads: the first of each invariant, and how many more there are. */
export function report(violations: readonly Violation[], each = 5): string {
  const lines: string[] = [];
  const counts = new Map<string, number>();
  for (const { invariant, text } of violations) {
    const count = (counts.get(invariant) ?? 0) + 1;
    counts.set(invariant, count);
    if (count <= each) lines.push(text);
  }
  for (const [invariant, count] of counts) {
    if (count > each) lines.push(`${invariant}: ${count - each} more`);
  }
  return lines.join("\n");
}
