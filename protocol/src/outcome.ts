import { type Fault, isFault } from "./faults.ts";

/** What a command came to, in a word, for logs and metrics: ok, unchanged, duplicate, or a fault's code. */
export function outcomeOf(
  verdict: Fault | { readonly duplicate: boolean; readonly placed: readonly unknown[] },
): string {
  if (isFault(verdict)) return verdict.fault;
  if (verdict.duplicate) return "duplicate";
  return verdict.placed.length === 0 ? "unchanged" : "ok";
}
