import { openPostgresStore } from "../store/postgres/postgres.ts";
import type { NodeContext } from "./context.ts";
import type { EngineStore } from "./engine-store.ts";

/** The store in the PostgreSQL of DATABASE_URL. With REDIS_URL other servers may have it open, too. */
export async function openDatabaseStore(context: NodeContext, url: string): Promise<EngineStore> {
  const { config, log } = context;
  const isShared = config.redisUrl !== null;
  const { store, canWrite } = await openPostgresStore({
    url,
    lanes: config.pgLanes,
    sharing: isShared ? "shared" : "sole",
    unsafeDurability: config.unsafeDurability,
    onFatal: (error) => {
      log.fatal(
        { error },
        "another server has taken over the store: this one acknowledges nothing more and exits",
      );
      process.exit(1);
    },
    onWait: (reason) => {
      const text = `waiting for PostgreSQL: ${reason}`;
      log.warn(text);
      // The log is not open yet.
      console.error(text);
    },
    onError: (error) => log.error({ error }, "PostgreSQL answered with an error"),
  });
  return {
    store,
    isShared,
    durability: config.unsafeDurability ? "unsafe" : "fsync",
    reserve: 0,
    free: async () => Number.POSITIVE_INFINITY,
    probe: async () => ((await canWrite()) ? null : "disk_full"),
    logDamaged: () => false,
  };
}
