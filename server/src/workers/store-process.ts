import type { Config } from "../config/read.ts";
import { openNodeStore } from "../node/store.ts";
import { type LogSink, openLogs } from "../observe/logs.ts";
import type { Metrics } from "../observe/metrics.ts";
import { createContext, type Seams } from "../serve.ts";
import { serveStore } from "../store/remote/store-server.ts";

export type StoreProcessParts = {
  readonly name: string;
  readonly socket: string;
  readonly logSink: LogSink;
};

/** A store that is open to gateways. */
export type StoreProcess = {
  readonly metrics: Pick<Metrics, "text">;
  /** Answers what was begun, then closes the store. */
  stop(): Promise<void>;
};

/** How often the state of the disk is compared with what the gateways were told. Milliseconds. */
const STATE_EACH = 1_000;

/** Opens the store and serves it to gateways. Rejects when it cannot be opened. */
export async function runStoreProcess(
  config: Config,
  seams: Seams,
  { name, socket, logSink }: StoreProcessParts,
): Promise<StoreProcess> {
  const logs = openLogs({ ...config, now: Date.now, worker: { name, sink: logSink } });
  process.on("exit", logs.flush);
  const { log } = logs;
  const context = createContext(config, logs);
  const opened = await openNodeStore(context, { wrap: seams.store });
  const server = await serveStore({
    store: opened.store,
    path: socket,
    state: () => ({ degraded: opened.degraded(), durability: opened.durability }),
    onError: (error, what) => log.error({ error }, what),
  });
  const timer = setInterval(() => server.reportState(), STATE_EACH);
  return {
    metrics: opened.metrics,
    async stop() {
      clearInterval(timer);
      await server.close();
      await opened.close();
      await logs.close();
    },
  };
}
