import { isFault, outcomeOf } from "@parley/protocol";
import type { Command } from "../core/command.ts";
import type { Counts } from "../observe/counts.ts";
import type { Metrics } from "../observe/metrics.ts";
import type { StoreSpace } from "../observe/store-space.ts";
import type { Store, Verdict } from "./store.ts";

export type MeterParts = {
  readonly counts: Pick<Counts, "commands">;
  readonly metrics: Metrics;
  /** Receives which writes were refused for want of space, and which succeeded. */
  readonly space: Pick<StoreSpace, "refused" | "written">;
  /** Milliseconds of a clock that never jumps. */
  readonly monotonicNow: () => number;
};

/** The same store, which counts commands and measures how long reads and commits take, disk included. */
export function metered(store: Store, { counts, metrics, space, monotonicNow }: MeterParts): Store {
  const waiting = async <T>(isSearch: boolean, answer: Promise<T>): Promise<T> => {
    const answered = metrics.reading(isSearch, monotonicNow);
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
    async signIn(requests) {
      const answers = await store.signIn(requests);
      if (answers.some((answer) => isFault(answer) && answer.fault === "storage")) space.refused();
      return answers;
    },
    async commit(commands) {
      // Nothing to count.
      if (commands.length === 0) return store.commit(commands);
      const began = monotonicNow();
      const committed = await store.commit(commands);
      metrics.committed(commands.length, monotonicNow() - began);
      let refused = false;
      for (let i = 0; i < commands.length; i++) {
        const verdict = committed.verdicts[i] as Verdict;
        refused ||= isFault(verdict) && verdict.fault === "storage";
        tally(counts.commands, commands[i] as Command, verdict);
      }
      if (refused) space.refused();
      else if (committed.feeds.length > 0) space.written();
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
