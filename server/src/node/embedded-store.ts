import { statfs } from "node:fs/promises";
import { isInMemory } from "../observe/machine.ts";
import { probeSpace } from "../observe/store-space.ts";
import { readDamage } from "../store/sqlite/log-damage.ts";
import { openSqliteStore } from "../store/sqlite/sqlite.ts";
import type { Store } from "../store/store.ts";
import { MEGABYTE, type NodeContext } from "./context.ts";
import type { EngineStore } from "./engine-store.ts";

const LOG_DAMAGED =
  "the log of the store was damaged: acknowledged commits are lost, and clients reload. Check the disk; " +
  "docs/operate/README.md says what to do next. `parley acknowledge` ends this line.";

/** The store in DATA_DIR. */
export async function openEmbeddedStore(context: NodeContext): Promise<EngineStore> {
  const { config, log } = context;
  const { dataDir } = config;
  const store = await openStore(context);
  const inMemory = isInMemory(dataDir);
  if (inMemory)
    log.warn(
      { dataDir },
      "DATA_DIR is on a file system in memory (tmpfs): a restart of the machine deletes everything. Put it on a disk.",
    );
  const damage = readDamage(dataDir);
  if (damage !== null) log.error({ ...damage }, LOG_DAMAGED);
  return {
    store,
    isShared: false,
    durability: config.unsafeDurability ? "unsafe" : inMemory ? "memory" : "fsync",
    reserve: config.diskReserve * MEGABYTE,
    free: async () => {
      const { bavail, bsize } = await statfs(dataDir);
      return bavail * bsize;
    },
    probe: () => probeSpace(dataDir),
    logDamaged: () => readDamage(dataDir) !== null,
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
