import { statfs } from "node:fs/promises";
import { setTimeout as wait } from "node:timers/promises";
import { realTiming } from "../gateway/signals/timing.ts";
import { LoopLag } from "../observe/loop-lag.ts";
import { isInMemory } from "../observe/machine.ts";
import { Metrics } from "../observe/metrics.ts";
import { probe } from "../observe/probe.ts";
import { probeSpace, StoreSpace } from "../observe/store-space.ts";
import { metered } from "../store/metered.ts";
import { readDamage } from "../store/sqlite/log-damage.ts";
import { openSqliteStore } from "../store/sqlite/sqlite.ts";
import type { Store } from "../store/store.ts";
import { limitWrites } from "../store/write-limits.ts";
import { MEGABYTE, type NodeContext } from "./context.ts";

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

const LOG_DAMAGED =
  "the log of the store was damaged: acknowledged commits are lost, and clients reload. Check the disk; " +
  "docs/operate/README.md says what to do next. `parley acknowledge` ends this line.";

/** Opens the store and what watches it. Rejects when the store cannot be opened. */
export async function openNodeStore(context: NodeContext, parts: NodeStoreParts): Promise<NodeStore> {
  const { config, log, counts, monotonicNow } = context;
  const { dataDir } = config;
  const opened = await openStore(context);
  const inMemory = isInMemory(dataDir);
  if (inMemory)
    log.warn(
      { dataDir },
      "DATA_DIR is on a file system in memory (tmpfs): a restart of the machine deletes everything. Put it on a disk.",
    );
  const damage = readDamage(dataDir);
  if (damage !== null) log.error({ ...damage }, LOG_DAMAGED);
  const logDamaged = () => readDamage(dataDir) !== null;
  const space = new StoreSpace({
    log,
    monotonicNow,
    reserve: config.diskReserve * MEGABYTE,
    free: async () => {
      const { bavail, bsize } = await statfs(dataDir);
      return bavail * bsize;
    },
    probe: () => probeSpace(dataDir),
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
  const limited = limitWrites(parts.wrap?.(opened) ?? opened, {
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
    isShared: false,
    durability: config.unsafeDurability ? "unsafe" : inMemory ? "memory" : "fsync",
    async close() {
      lag.close();
      space.close();
      await store.close();
    },
  };
}

function openStore({ config, log }: NodeContext): Promise<Store> {
  const { dataDir, unsafeDurability, backupBeforeMigration } = config;
  return openSqliteStore({
    dataDir,
    unsafeDurability,
    onFatal: (error) => {
      log.fatal({ error }, "the disk failed: the server acknowledges nothing more and exits");
      process.exit(1);
    },
    onError: (error) => log.error({ error }, "a read of the store failed"),
    onNarrowed: (files) =>
      log.warn(
        { dir: dataDir, files },
        "other users could read the data folder; now only this user can read it",
      ),
    backup: backupBeforeMigration,
    onProgress: (what, done) => log.info({ percent: Math.floor(done * 100) }, what),
  });
}
