import { statfs } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import PACKAGE from "../package.json" with { type: "json" };
import { Guests } from "./auth/guests.ts";
import type { Bus } from "./bus/bus.ts";
import { memoryBus } from "./bus/memory.ts";
import { Chat } from "./chat.ts";
import { helpText } from "./config/options.ts";
import { type Config, ConfigError, configWarnings, readConfig } from "./config/read.ts";
import { Dialects } from "./dialects/dialects.ts";
import { DIALECTS } from "./dialects/router.ts";
import { Fanout, type FanoutListener } from "./gateway/feeds/fanout.ts";
import { http } from "./gateway/http/http.ts";
import { metricsPage } from "./gateway/http/metrics-page.ts";
import { HostNames, isLoopbackName, isSameHostName } from "./gateway/http/origins.ts";
import { readAssets } from "./gateway/http/read-assets.ts";
import { withRequestLog } from "./gateway/http/request-log.ts";
import { Admission } from "./gateway/limits/admission.ts";
import { KeyedRateLimiter } from "./gateway/limits/rate-limiter.ts";
import { ReadBudget } from "./gateway/limits/read-budget.ts";
import { RefillClock } from "./gateway/limits/refill-clock.ts";
import { listenForMetrics, type MetricsListener } from "./gateway/metrics-listener.ts";
import { RequestLimiter } from "./gateway/request-limiter.ts";
import { Session } from "./gateway/session/session.ts";
import { Sessions } from "./gateway/session/sessions.ts";
import { GRACE, Presence } from "./gateway/signals/presence.ts";
import { ReadMarks } from "./gateway/signals/read-marks.ts";
import { SignalHub } from "./gateway/signals/signal-hub.ts";
import { realTiming } from "./gateway/signals/timing.ts";
import { clientAddresses } from "./gateway/socket/address.ts";
import { type Listener, listen } from "./gateway/socket/socket.ts";
import { socketLimit } from "./gateway/socket-limit.ts";
import { newCounts } from "./observe/counts.ts";
import type { Log } from "./observe/log.ts";
import { openLogs } from "./observe/logs.ts";
import { LoopLag } from "./observe/loop-lag.ts";
import { isInMemory, MOST_DESCRIPTORS } from "./observe/machine.ts";
import { Metrics } from "./observe/metrics.ts";
import { operatorMessage } from "./observe/operator-message.ts";
import { probe } from "./observe/probe.ts";
import { StoreSpace, takesWrites } from "./observe/store-space.ts";
import { notifySystemd } from "./observe/systemd.ts";
import { SYSTEM_USER } from "./store/base/system.ts";
import { CommitQueue } from "./store/commit/queue.ts";
import { DiskSpace } from "./store/disk-space.ts";
import { metered } from "./store/metered.ts";
import { readDamage } from "./store/sqlite/log-damage.ts";
import { openSqliteStore } from "./store/sqlite/sqlite.ts";
import type { Store } from "./store/store.ts";
import { limitWrites } from "./store/write-limits.ts";

/** Where a test may put something between the parts: each takes the real one and returns what is used. */
export type Seams = {
  readonly store?: (real: Store) => Store;
  readonly bus?: (real: Bus) => Bus;
  /** How long somebody is still online after the last session. Milliseconds. */
  readonly presenceGrace?: number;
};

export type Running = {
  readonly port: number;
  /** The port of METRICS_LISTEN; null without it. */
  readonly metricsPort: number | null;
  readonly log: Log;
  /** Shuts down gracefully; resolves when nothing is left, within 30 s and DRAIN_DELAY. */
  stop(): Promise<void>;
};

/** UUIDv7 (RFC 9562): time first, so that new ids sort after old ones. */
const newId = () => Bun.randomUUIDv7();
const now = () => Date.now();
/** A clock that never jumps, for all that waits or counts. Milliseconds. */
const monotonicNow = () => performance.now();

/** Where the page and the documents lie: in the repository, or in the executable as scripts/build-executable.mjs puts them. */
const BUILT_FOLDERS = Bun.isStandaloneExecutable
  ? { page: join(import.meta.dirname, "dist"), documents: join(import.meta.dirname, "generated") }
  : {
      page: join(import.meta.dirname, "../../web/dist"),
      documents: join(import.meta.dirname, "../../protocol/generated"),
    };

const MEGABYTE = 1_048_576;
/** How long a client may take to come back after a drain, and the whole of an orderly end. Milliseconds. */
const DRAIN_TIME = 4_000;
const STOP_TIMEOUT = 25_000;
/** In what time a store must answer that counts as ready. Milliseconds. */
const STORE_TIMEOUT = 2_000;

/** What a damaged log of the store means, for the operator. */
const LOG_DAMAGED =
  "the log of the store was damaged: commits that were acknowledged are lost, and clients load anew. Look at the disk; " +
  "docs/operate/README.md says how to go on. `parley acknowledge` ends this line.";

/** Puts the parts together and listens. Rejects when the store or the port cannot be had. */
export async function serve(config: Config, seams: Seams = {}): Promise<Running> {
  const logs = openLogs({ ...config, now });
  const { log, traffic } = logs;
  const opened = await openSqliteStore({
    dataDir: config.dataDir,
    unsafeDurability: config.unsafeDurability,
    onFatal: (error) => {
      log.fatal({ error }, "the disk failed; nothing more is acknowledged. Ending.");
      process.exit(1);
    },
    onError: (error) => log.error({ error }, "a read of the store failed"),
    onNarrowed: (files) =>
      log.warn(
        { dir: config.dataDir, files },
        "other users could read the data folder; now only this one can",
      ),
    backup: config.backupBeforeMigration,
    onProgress: (what, done) => log.info({ percent: Math.floor(done * 100) }, what),
  });
  const inMemory = isInMemory(config.dataDir);
  if (inMemory)
    log.warn(
      { dataDir: config.dataDir },
      "DATA_DIR is on a file system in memory (tmpfs): everything is lost when the machine ends. Put it on a disk.",
    );
  const logDamaged = () => readDamage(config.dataDir) !== null;
  if (logDamaged()) log.error({ ...readDamage(config.dataDir) }, LOG_DAMAGED);
  const counts = newCounts();
  const space = new StoreSpace({
    log,
    monotonicNow,
    hasSpace: async () => !disk.isLow && (await takesWrites(config.dataDir)),
    later: (run, milliseconds) => realTiming.after(milliseconds, run),
  });
  const metrics = new Metrics({
    version: PACKAGE.version,
    runtime: `bun ${Bun.version}`,
    dataDir: config.dataDir,
    counts,
    fanout: () => fanout.counts,
    open: () => sessions.size,
    waiting: () => queue.waiting,
    ready: async () => !leaving && (await storeAnswers()),
    space,
    logDamaged,
  });
  const lag = new LoopLag({ observe: (seconds) => metrics.late(seconds), monotonicNow });
  const disk = new DiskSpace({
    reserve: config.diskReserve * MEGABYTE,
    free: async () => {
      const { bavail, bsize } = await statfs(config.dataDir);
      return bavail * bsize;
    },
    changed(low, free) {
      const what = { dataDir: config.dataDir, freeMegabytes: Math.floor(free / MEGABYTE) };
      if (low) log.warn(what, "less than DISK_RESERVE is free: writes are refused, reads go on");
      else log.info(what, "the disk has room again: writes are taken");
    },
  });
  await disk.look();
  const limited = limitWrites(seams.store?.(opened) ?? opened, {
    bytesPerDay: config.rateLimits ? config.writeQuota * MEGABYTE : 0,
    isDiskLow: () => disk.isLow,
    now: monotonicNow,
  });
  const store = metered(limited, { counts, metrics, space, monotonicNow });
  const plainBus = memoryBus((error) => log.error({ error }, "a listener of the bus threw"));
  const bus = seams.bus?.(plainBus) ?? plainBus;
  const storeAnswers = probe({ ask: () => store.commit([]), timeout: STORE_TIMEOUT, monotonicNow, wait });
  const queue = new CommitQueue(store);
  queue.onBatch(({ feeds }) => {
    for (const { events } of feeds) counts.events += events.length;
  });
  const chat = new Chat({ queue, bus, epoch: store.epoch });
  const guests = new Guests({ store, open: config.guests, newId, now });
  const sessions = new Sessions(monotonicNow);
  let listener: Listener | null = null;
  let metricsListener: MetricsListener | null = null;
  const publish = (topic: string, frame: string) => listener?.publish(topic, frame);
  const signals = { bus, epoch: store.epoch, node: newId(), timing: realTiming };
  const presence = new Presence({ ...signals, grace: seams.presenceGrace ?? GRACE });
  const fanoutListener: FanoutListener = {
    membership(feed, event) {
      sessions.membership(feed, event);
      presence.membership(feed, event);
      signalHub.membership(feed, event);
    },
    lineage: (feed, head) => sessions.lineage(feed, head),
  };
  const hasSubscribers = (topic: string) => listener?.hasSubscribers(topic) ?? false;
  const fanout = new Fanout({
    store,
    bus,
    publish,
    hasSubscribers,
    listener: fanoutListener,
    log,
    now,
    monotonicNow,
  });
  // Behind the fan-out: a message is heard before the end of its writing.
  const signalHub = new SignalHub({ ...signals, presence, publish, counts: counts.signals });
  const readMarks = new ReadMarks({ chat, newNonce: newId, now, timing: realTiming, log });
  chat.onSettled(() => sessions.flushAcks());

  const hosts = new HostNames(config);
  const addressOf = clientAddresses({ networks: config.trustedProxies, count: config.trustProxy });
  let leaving = false;
  let draining = false;
  const rates = config.rateLimits ? config : null;
  const refillClock = new RefillClock(realTiming);
  const refill = () => refillClock.now();
  // One for all that a user has open, and for HTTP.
  const commandLimiter = rates && new KeyedRateLimiter(rates.messageRate, rates.messageBurst);
  const reads = new ReadBudget(rates, refill);
  const maxConnections = socketLimit(config.maxConnections, MOST_DESCRIPTORS);
  const admission = new Admission({
    limits: rates,
    maxConnections,
    maxUnauthenticated: config.maxUnauthenticated,
    maxMemory: config.maxMemory * 1_048_576,
    memory: () => process.memoryUsage.rss(),
    now: refill,
  });
  const dialects = new Dialects({
    chat,
    store,
    fanout,
    presence,
    bus,
    sessions,
    publish,
    rates,
    timing: realTiming,
    refill,
    log,
    traffic,
    faults: counts.faults,
    newId,
    now,
    wallClock: now,
    server: SYSTEM_USER,
    guests: config.guests,
    on: new Set(DIALECTS.filter((name) => config.dialects.includes(name))),
    newRoom: (address) => admission.newOwnerlessRoom(address),
    refundRoom: (address) => admission.refundOwnerlessRoom(address),
    lobbyFormat: config.lobbyFormat,
    origins: config.dialectOrigins,
    sameHost: isSameHostName,
    random: () => Math.floor(Math.random() * 65_536),
  });
  const answer = http({
    answersTo: (hostname) => hosts.answersTo(hostname),
    other: (request, address, asked) => dialects.answer(request, address, asked),
    limiter: new RequestLimiter(rates && { ...rates, maxInFlight: rates.maxInFlight * 1_048_576 }, reads),
    storeAnswers,
    leaving: () => leaving,
    degraded: () => [
      ...(space.problem === null ? [] : [space.problem]),
      ...(logDamaged() ? ["log_damaged"] : []),
    ],
    metrics: config.metrics
      ? (request) => metricsPage({ metrics, token: config.metricsToken }, request)
      : null,
    store,
    guests,
    chat,
    admission,
    commandLimiter,
    reads,
    isOnline: (user) => presence.isOnline(user),
    newId,
    now,
    monotonicNow,
    refill,
    version: PACKAGE.version,
    guestsOpen: config.guests,
    assets: readAssets(BUILT_FOLDERS),
    cors: { allowedOrigins: config.allowedOrigins, isOwn: (origin, url) => hosts.isOwn(origin, url) },
    durability: config.unsafeDurability ? "unsafe" : inMemory ? "memory" : "fsync",
    ready: () => !draining,
    log,
  });
  try {
    if (config.metrics && config.metricsListen)
      metricsListener = await listenForMetrics({
        ...config.metricsListen,
        metrics,
        answersTo: (hostname) => hosts.answersTo(hostname),
      });
    listener = listen({
      port: config.port,
      host: config.host,
      requestTimeout: config.requestTimeout,
      fetch: withRequestLog(answer, {
        log,
        traffic,
        metrics: config.metrics ? metrics : null,
        faults: counts.faults,
        newId,
        monotonicNow,
      }),
      originAllowed: (origin, url) => hosts.isOwn(origin, url) || config.allowedOrigins.includes(origin),
      answersTo: (hostname) => hosts.answersTo(hostname),
      addressOf: (request, peer) => addressOf(request.headers, peer),
      admission,
      openOther: (url, origin) => dialects.open(url, origin),
      open: (connection, { bearer }) =>
        new Session(connection, {
          id: newId(),
          chat,
          store,
          guests,
          fanout,
          sessions,
          presence,
          signalHub,
          readMarks,
          admission,
          maxPerUser: rates?.connectionsPerUser ?? Number.POSITIVE_INFINITY,
          rates,
          commandLimiter,
          reads,
          counts: counts.sockets,
          log,
          traffic,
          now,
          monotonicNow,
          refill,
          bearer,
        }),
      log,
    });
  } catch (error) {
    refillClock.close();
    await metricsListener?.close();
    lag.close();
    disk.stop();
    await store.close();
    await logs.close();
    throw error;
  }
  logs.open();
  if (maxConnections < config.maxConnections)
    log.info(
      { sockets: maxConnections, descriptors: MOST_DESCRIPTORS, MAX_CONNECTIONS: config.maxConnections },
      "the limit of open files allows fewer sockets than MAX_CONNECTIONS; raise it (LimitNOFILE) for more",
    );
  if (config.trustProxy > 0 && !isLoopbackName(config.host.includes(":") ? `[${config.host}]` : config.host))
    log.warn(
      { host: config.host },
      "TRUST_PROXY believes whoever reaches this port: keep others out, or name the proxies in TRUSTED_PROXIES",
    );
  process.on("exit", logs.flush);

  return {
    port: listener.port,
    metricsPort: metricsListener?.port ?? null,
    log,
    async stop() {
      leaving = true;
      if (config.drainDelay > 0) await wait(config.drainDelay * 1_000);
      draining = true;
      listener?.stopAccepting();
      const within = Math.min(DRAIN_TIME, sessions.size * 20);
      sessions.announceDrain(within);
      readMarks.flush();
      await chat.idle();
      await sessions.closeAll(within / 2, wait);
      await listener?.stop();
      await metricsListener?.close();
      sessions.close();
      dialects.close();
      fanout.close();
      signalHub.close();
      presence.close();
      refillClock.close();
      await bus.close();
      lag.close();
      space.close();
      disk.stop();
      await store.close();
      process.off("exit", logs.flush);
      await logs.close();
    },
  };
}

/** Runs a server as this process until it is asked to end. Rejects when it cannot start. */
export async function run(args: readonly string[]): Promise<void> {
  if (args.includes("--help")) {
    console.log(helpText());
    return;
  }
  // What is made from here on is for this user only, where nothing else is said.
  process.umask(0o077);
  const config = readConfig(args, process.env);
  const running = await serve(config);
  const { log } = running;
  for (const warning of configWarnings(config, process.env)) log.warn(warning);
  // A defect in one handler must not end everybody's conversation: it is logged, the rest goes on.
  process.on("uncaughtException", (error) => log.error({ error }, "uncaught exception"));
  process.on("unhandledRejection", (error) => log.error({ error }, "unhandled rejection"));
  const systemd = notifySystemd({ env: process.env, pid: process.pid, parent: process.ppid, log });
  let stopping = false;
  const stop = () => {
    // Asked twice: the person is in a hurry. What was acknowledged is on disk either way.
    if (stopping) process.exit(1);
    stopping = true;
    const told = systemd.stopping();
    setTimeout(() => process.exit(1), STOP_TIMEOUT + config.drainDelay * 1_000).unref();
    void Promise.all([running.stop(), told]).then(() => process.exit(0));
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
  systemd.ready();
  console.log(`Parley is ready at http://localhost:${running.port} (pid ${process.pid})${nameOf(config)}`);
}

/** What the first line says of the server's public name. */
function nameOf({ publicOrigin, allowedHosts }: Config): string {
  if (publicOrigin !== null) return `, for people at ${publicOrigin}`;
  return allowedHosts.length > 0 ? "" : ". Behind a public name it needs PUBLIC_URL.";
}

if (import.meta.main) {
  run(process.argv.slice(2)).catch((error: unknown) => {
    console.error(`Parley could not start: ${operatorMessage(error)}`);
    if (!(error instanceof ConfigError) && process.env.LOG_LEVEL === "debug") console.error(error);
    process.exit(error instanceof ConfigError ? 2 : 1);
  });
}
