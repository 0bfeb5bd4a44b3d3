import { setTimeout as wait } from "node:timers/promises";
import { realTiming } from "../gateway/signals/timing.ts";
import { LoopLag } from "../observe/loop-lag.ts";
import { Metrics } from "../observe/metrics.ts";
import { probe } from "../observe/probe.ts";
import { StoreSpace } from "../observe/store-space.ts";
import { metered } from "../store/metered.ts";
import type { Store } from "../store/store.ts";
import { limitWrites } from "../store/write-limits.ts";
import type { NodeContext } from "./context.ts";
import { openEmbeddedStore } from "./embedded-store.ts";
import { openDatabaseStore } from "./postgres-store.ts";

/** The store of a node, with what watches it. */
export type NodeStore = {
  /** Limited, and measured by `metrics`. */
  readonly store: Store;
  readonly metrics: Metrics;
  /** Whether the store answers within 2 s. */
  readonly storeAnswers: () => Promise<boolean>;
  /** What needs the operator while work goes on, as `/readyz` names it. */
  readonly degraded: () => readonly string[];
  /** Whether other processes may have the same store open. */
  readonly isShared: boolean;
  /** What `/healthz` says of the promise. */
  readonly durability: "fsync" | "memory" | "unsafe";
  close(): Promise<void>;
};

export type NodeStoreParts = {
  /** Where a test may put something around the store. */
  readonly wrap?: ((real: Store) => Store) | undefined;
};

/** How long a store may take to answer that counts as ready. Milliseconds. */
export const STORE_TIMEOUT = 2_000;

/** Opens the store and what watches it. Rejects when the store cannot be opened. */
export async function openNodeStore(context: NodeContext, parts: NodeStoreParts): Promise<NodeStore> {
  const { config, log, counts, monotonicNow } = context;
  const { dataDir } = config;
  const engine = await (config.databaseUrl === null
    ? openEmbeddedStore(context)
    : openDatabaseStore(context, config.databaseUrl));
  const { logDamaged } = engine;
  const space = new StoreSpace({
    log,
    monotonicNow,
    reserve: engine.reserve,
    free: engine.free,
    probe: engine.probe,
    later: (run, milliseconds) => realTiming.after(milliseconds, run),
  });
  await space.look();
  const metrics = new Metrics({
    version: context.version,
    runtime: context.runtime,
    dataDir,
    counts,
    space,
    logDamaged,
  });
  const lag = new LoopLag({ observe: (seconds) => metrics.late(seconds), monotonicNow });
  const limited = limitWrites(parts.wrap?.(engine.store) ?? engine.store, {
    isDiskLow: () => space.isLow,
  });
  const store = metered(limited, { counts, metrics, space, monotonicNow });
  return {
    store,
    metrics,
    storeAnswers: probe({ ask: () => store.ping(), timeout: STORE_TIMEOUT, monotonicNow, wait }),
    degraded: () => [
      ...(space.problem === null ? [] : [space.problem]),
      ...(logDamaged() ? ["log_damaged"] : []),
    ],
    isShared: engine.isShared,
    durability: engine.durability,
    async close() {
      lag.close();
      space.close();
      await store.close();
    },
  };
}
