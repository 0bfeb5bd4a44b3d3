import { isFault } from "@parley/protocol";
import type { Verdict } from "../../store/store.ts";

/** What became of a command, in a word: ok, unchanged, duplicate, or a fault's code. */
export function outcomeOf(verdict: Verdict): string {
  if (isFault(verdict)) return verdict.fault;
  if (verdict.duplicate) return "duplicate";
  return verdict.placed.length === 0 ? "unchanged" : "ok";
}

/** The number that the first event of the command got; 0 where there is none. */
export function seqOf(verdict: Verdict): number {
  return isFault(verdict) ? 0 : (verdict.placed[0]?.seq ?? 0);
}
