import { isFault } from "@parley/protocol";
import type { Command } from "../core/command.ts";
import type { Counts } from "../observe/counts.ts";
import type { Metrics } from "../observe/metrics.ts";
import type { Store, Verdict } from "./store.ts";

export type MeterParts = {
  readonly counts: Pick<Counts, "commands">;
  readonly metrics: Metrics;
  /** Milliseconds of a clock that never jumps. */
  readonly steady: () => number;
};

/** The same store, with what it is asked and how long it takes counted: from here to the disk and back. */
export function metered(store: Store, { counts, metrics, steady }: MeterParts): Store {
  const waiting = async <T>(isSearch: boolean, answer: Promise<T>): Promise<T> => {
    const answered = metrics.reading(isSearch, steady);
    try {
      return await answer;
    } finally {
      answered();
    }
  };
  return {
    ...store,
    search: (query, reader, meter) => waiting(true, store.search(query, reader, meter)),
    directory: (query, user, meter) => waiting(false, store.directory(query, user, meter)),
    users: (query, meter) => waiting(false, store.users(query, meter)),
    async commit(commands) {
      // Asked by /readyz whether the store answers: no batch.
      if (commands.length === 0) return store.commit(commands);
      const began = steady();
      const committed = await store.commit(commands);
      metrics.committed(commands.length, steady() - began);
      for (let i = 0; i < commands.length; i++) {
        tally(counts.commands, commands[i] as Command, committed.verdicts[i] as Verdict);
      }
      return committed;
    },
  };
}

function tally(counts: Counts["commands"], { body: { kind } }: Command, verdict: Verdict): void {
  let outcomes = counts[kind];
  if (!outcomes) {
    outcomes = {};
    (counts as { [kind: string]: typeof outcomes })[kind] = outcomes;
  }
  const outcome = outcomeOf(verdict);
  outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
}

function outcomeOf(verdict: Verdict): string {
  if (isFault(verdict)) return verdict.fault;
  if (verdict.duplicate) return "duplicate";
  return verdict.placed.length === 0 ? "unchanged" : "ok";
}
