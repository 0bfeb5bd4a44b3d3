import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import PACKAGE from "../package.json" with { type: "json" };
import type { Bus } from "./bus/bus.ts";
import type { Config } from "./config/read.ts";
import { CommandGate } from "./gateway/command-gate.ts";
import { isLoopbackName } from "./gateway/http/origins.ts";
import { readAssets } from "./gateway/http/read-assets.ts";
import { openBus } from "./node/bus.ts";
import type { Lifecycle, NodeContext } from "./node/context.ts";
import { createDialects } from "./node/dialects.ts";
import { createFeeds, type NodeFeeds } from "./node/feeds.ts";
import { startHttp } from "./node/http.ts";
import { createLimits, type NodeLimits } from "./node/limits.ts";
import { type GatewayStore, openGatewayStore } from "./node/remote-store.ts";
import { createSignals } from "./node/signals.ts";
import { type NodeStore, openNodeStore } from "./node/store.ts";
import { newCounts } from "./observe/counts.ts";
import type { Log } from "./observe/log.ts";
import { type LogSink, type Logs, openLogs } from "./observe/logs.ts";
import { MOST_DESCRIPTORS } from "./observe/machine.ts";
import type { Metrics } from "./observe/metrics.ts";
import type { Store } from "./store/store.ts";

/** Where a test may put something between the parts: each takes the real one and returns what is used. */
export type Seams = {
  readonly store?: (real: Store) => Store;
  readonly bus?: (real: Bus) => Bus;
  /** Several servers of a test share one SQLite store through `store`, which the product does not. */
  readonly sharedStore?: boolean;
  /** In a worker: around the store that it reaches in the store process. */
  readonly remoteStore?: (real: Store) => Store;
  /** How long a user stays online after the last session ended. Milliseconds. */
  readonly presenceGrace?: number;
};

/** A server that is one of several on this machine, at one port and over one store. */
export type GatewayPlace = {
  /** The name in logs and metrics. */
  readonly name: string;
  /** The socket of the store process; null where this one opens the store itself. */
  readonly socket: string | null;
  readonly logSink: LogSink;
  /** The metrics of all processes. */
  readonly metricsText: () => Promise<string>;
};

export type Running = {
  readonly port: number;
  /** The port of METRICS_LISTEN; null without it. */
  readonly metricsPort: number | null;
  readonly log: Log;
  readonly metrics: Pick<Metrics, "text">;
  /** From now on `/readyz` answers 503; everything else works. */
  leave(): void;
  /** Shuts down gracefully; resolves when nothing is left, within 30 s and DRAIN_DELAY. */
  stop(): Promise<void>;
};

/** The page and the documents: in the repository, or where scripts/build-executable.mjs embeds them. */
const BUILT_FOLDERS = Bun.isStandaloneExecutable
  ? { page: join(import.meta.dirname, "dist"), documents: join(import.meta.dirname, "generated") }
  : {
      page: join(import.meta.dirname, "../../web/dist"),
      documents: join(import.meta.dirname, "../../protocol/generated"),
    };

/** The arguments with which the runtime starts this program again, as it was started. */
export function ownArguments(): readonly string[] {
  return Bun.isStandaloneExecutable ? process.argv.slice(2) : process.argv.slice(1);
}

/** What every part of a process is built with. */
export function createContext(config: Config, { log, traffic }: Logs): NodeContext {
  return {
    config,
    log,
    traffic,
    counts: newCounts(),
    version: PACKAGE.version,
    runtime: `bun ${Bun.version}`,
    newId: () => Bun.randomUUIDv7(),
    now: () => Date.now(),
    monotonicNow: () => performance.now(),
  };
}

/** The longest time over which clients are asked to reconnect, and that of each of them. Milliseconds. */
const DRAIN_TIME = 4_000;
const DRAIN_TIME_EACH = 20;

/**
 * Builds the parts of a server in the order in which they need each other, and listens. Its end closes them in the reverse
 * order, as does a start that fails.
 *
 * @throws OperatorError, or an error of the operating system, when the store cannot be opened or a port cannot be had.
 */
export async function serve(
  config: Config,
  seams: Seams = {},
  place: GatewayPlace | null = null,
): Promise<Running> {
  const started: (() => void | Promise<void>)[] = [];
  const close = async () => {
    for (let end = started.pop(); end; end = started.pop()) await end();
  };
  try {
    const worker = place ? { name: place.name, sink: place.logSink } : undefined;
    const logs = openLogs({ ...config, now: Date.now, worker });
    process.on("exit", logs.flush);
    started.push(async () => {
      process.off("exit", logs.flush);
      await logs.close();
    });
    const { log, traffic } = logs;
    const context = createContext(config, logs);
    const lifecycle: Lifecycle = { leaving: false, draining: false };

    const { store, openRelayBus } = await openStore(context, seams, place);
    started.push(() => store.close());
    const { epoch } = store.store;
    const nodeBus = await openBus(context, {
      epoch,
      isStoreShared: store.isShared || seams.sharedStore === true,
      openRelayBus,
      wrap: seams.bus,
    });
    started.push(() => nodeBus.close());
    const feeds = createFeeds(context, { store: store.store, bus: nodeBus.bus, shared: nodeBus.shared });
    started.push(() => feeds.close());
    const signals = createSignals(context, { feeds, epoch, presenceGrace: seams.presenceGrace });
    started.push(() => signals.close());
    const limits = createLimits(config);
    started.push(() => limits.close());
    const { chat, sessions } = feeds;
    const gate = new CommandGate({ ...limits, chat, sessions, traffic, now: context.now });
    const dialects = createDialects(context, { store: store.store, feeds, signals, limits, gate });
    started.push(() => dialects.close());
    store.metrics.observe({
      fanout: () => feeds.fanout.counts,
      bus: () => nodeBus.bus,
      open: () => feeds.sessions.size,
      waiting: feeds.waiting,
      ready: async () => !lifecycle.leaving && (await store.storeAnswers()),
    });
    const assets = readAssets(BUILT_FOLDERS);
    const http = await startHttp(context, {
      lifecycle,
      store,
      degraded: () => [...store.degraded(), ...nodeBus.degraded()],
      feeds,
      signals,
      limits,
      gate,
      dialects,
      assets,
      ...(place ? { worker: { metricsText: place.metricsText } } : {}),
    });
    started.push(() => http.close());
    logs.open();
    warnOfSettings(config, limits, log);

    return {
      port: http.port,
      metricsPort: http.metricsPort,
      log,
      metrics: store.metrics,
      leave() {
        lifecycle.leaving = true;
      },
      async stop() {
        lifecycle.leaving = true;
        if (config.drainDelay > 0) await wait(config.drainDelay * 1_000);
        lifecycle.draining = true;
        http.stopAccepting();
        await drain(feeds, () => signals.readMarks.flush());
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

type OpenedStore = {
  readonly store: NodeStore;
  /** The bus that comes with the store of a gateway. */
  readonly openRelayBus?: GatewayStore["openBus"] | undefined;
};

async function openStore(
  context: NodeContext,
  seams: Seams,
  place: GatewayPlace | null,
): Promise<OpenedStore> {
  if (!place?.socket) return { store: await openNodeStore(context, { wrap: seams.store }) };
  const { log } = context;
  const store = await openGatewayStore(context, {
    wrap: seams.remoteStore,
    socket: place.socket,
    onMismatch(error) {
      log.fatal({ error }, "the store process is another one than before: this worker ends and starts again");
      process.exit(1);
    },
  });
  return { store, openRelayBus: store.openBus };
}

/** Asks clients to reconnect, lets the store finish what it was given, then closes all sessions. */
async function drain({ sessions, chat }: NodeFeeds, flushReadMarks: () => void): Promise<void> {
  const within = Math.min(DRAIN_TIME, sessions.size * DRAIN_TIME_EACH);
  sessions.announceDrain(within);
  flushReadMarks();
  await chat.idle();
  await sessions.closeAll(within / 2, wait);
}

function warnOfSettings(config: Config, { maxConnections }: NodeLimits, log: Log): void {
  if (maxConnections < config.maxConnections)
    log.info(
      { sockets: maxConnections, descriptors: MOST_DESCRIPTORS, MAX_CONNECTIONS: config.maxConnections },
      "the limit of open files allows fewer sockets than MAX_CONNECTIONS; raise it (LimitNOFILE) for more",
    );
  const host = config.host.includes(":") ? `[${config.host}]` : config.host;
  if (config.trustProxy > 0 && !isLoopbackName(host))
    log.warn(
      { host: config.host },
      "with TRUST_PROXY every client that reaches this port can choose its address: let only the proxies reach it, or name them in TRUSTED_PROXIES",
    );
}
