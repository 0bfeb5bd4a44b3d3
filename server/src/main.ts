import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { Guests } from "./auth/guests.ts";
import type { Bus } from "./bus/bus.ts";
import { memoryBus } from "./bus/memory.ts";
import { Chat } from "./chat.ts";
import { type Config, ConfigError, helpText, readConfig } from "./config.ts";
import { type Asset, assetOf } from "./gateway/assets.ts";
import { Fanout } from "./gateway/fanout.ts";
import { http } from "./gateway/http.ts";
import { Session } from "./gateway/session.ts";
import { Sessions } from "./gateway/sessions.ts";
import { type Listener, listen } from "./gateway/socket.ts";
import { type Log, openLog } from "./observe/log.ts";
import { Lane } from "./store/lane.ts";
import { openSqliteStore } from "./store/sqlite.ts";
import type { Store } from "./store/store.ts";

/** Where a test may put something between the parts: each takes the real one and returns what is used. */
export type Seams = {
  readonly store?: (real: Store) => Store;
  readonly bus?: (real: Bus) => Bus;
};

export type Running = {
  readonly port: number;
  readonly log: Log;
  /** Lets everybody go in order; resolves when nothing is left, within 30 s. */
  stop(): Promise<void>;
};

/** UUIDv7 (RFC 9562): time first, so that new ids sort after old ones. */
const newId = () => Bun.randomUUIDv7();
const now = () => Date.now();
/** A clock that never jumps, for all that waits or counts. Milliseconds. */
const steady = () => performance.now();

/** How long a client may take to come back after a drain, and the whole of an orderly end. Milliseconds. */
const DRAIN = 4_000;
const END_WITHIN = 25_000;

/** Puts the parts together and listens. Rejects when the store or the port cannot be had. */
export async function serve(config: Config, seams: Seams = {}): Promise<Running> {
  const log = openLog(config.logLevel);
  mkdirSync(config.dataDir, { recursive: true });
  const opened = await openSqliteStore({
    dataDir: config.dataDir,
    unsafeDurability: config.unsafeDurability,
    onFatal: (error) => {
      log.fatal({ error }, "the disk failed; nothing more is acknowledged. Ending.");
      process.exit(1);
    },
  });
  const store = seams.store?.(opened) ?? opened;
  const plainBus = memoryBus((error) => log.error({ error }, "a listener of the bus threw"));
  const bus = seams.bus?.(plainBus) ?? plainBus;
  const chat = new Chat({ lane: new Lane(store), bus, epoch: store.epoch });
  const guests = new Guests({ store, open: config.guests, newId, now });
  const sessions = new Sessions(steady);
  let listener: Listener | null = null;
  const publish = (topic: string, frame: string) => listener?.publish(topic, frame);
  const fanout = new Fanout({ store, bus, publish, audience: sessions, log, now });
  chat.onSettled(() => sessions.flushAcks());

  let draining = false;
  const rates = config.rateLimits ? config : null;
  const answer = http({
    store,
    guests,
    assets: pageFromDisk(),
    durability: config.unsafeDurability ? "unsafe" : "fsync",
    ready: () => !draining,
    log,
  });
  try {
    listener = listen({
      port: config.port,
      host: config.host,
      fetch: answer,
      originAllowed: (origin, request) =>
        isOwnOrigin(origin, request) || config.allowedOrigins.includes(origin),
      hasRoom: () => sessions.size < config.maxConnections,
      open: (connection, { bearer }) =>
        new Session(connection, {
          id: newId(),
          chat,
          store,
          guests,
          fanout,
          sessions,
          rates,
          log,
          now,
          steady,
          bearer,
        }),
      log,
    });
  } catch (error) {
    await store.close();
    throw error;
  }

  return {
    port: listener.port,
    log,
    async stop() {
      draining = true;
      listener?.stopAccepting();
      const within = Math.min(DRAIN, sessions.size * 20);
      sessions.announceDrain(within);
      await chat.idle();
      await sessions.closeAll(within / 2, wait);
      await listener?.stop();
      sessions.close();
      fanout.close();
      await bus.close();
      await store.close();
    },
  };
}

/** The page's own origin: the host that the browser asked for. */
function isOwnOrigin(origin: string, request: Request): boolean {
  return URL.canParse(origin) && new URL(origin).host === request.headers.get("host");
}

/** The built page, read once. Empty when it was not built. */
function pageFromDisk(): Map<string, Asset> {
  const root = join(import.meta.dirname, "../../web/dist");
  const assets = new Map<string, Asset>();
  let files: string[] = [];
  try {
    files = readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
  } catch {
    return assets;
  }
  for (const file of files) {
    const path = file.slice(root.length).replaceAll("\\", "/");
    assets.set(path, assetOf(path, new Uint8Array(readFileSync(file))));
  }
  return assets;
}

async function main(): Promise<void> {
  const args = process.argv.slice(2);
  if (args.includes("--help")) {
    console.log(helpText());
    return;
  }
  const config = readConfig(args, process.env);
  const running = await serve(config);
  const { log } = running;
  // A defect in one handler must not end everybody's conversation: it is logged, the rest goes on.
  process.on("uncaughtException", (error) => log.error({ error }, "uncaught exception"));
  process.on("unhandledRejection", (error) => log.error({ error }, "unhandled rejection"));
  let stopping = false;
  const stop = () => {
    // Asked twice: the person is in a hurry. What was acknowledged is on disk either way.
    if (stopping) process.exit(1);
    stopping = true;
    setTimeout(() => process.exit(1), END_WITHIN).unref();
    void running.stop().then(() => process.exit(0));
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
  console.log(`Parley is ready at http://localhost:${running.port} (pid ${process.pid})`);
}

/** What a person can do about an error at the start, in a sentence. */
function explain(error: unknown): string {
  const { code } = error as { code?: string };
  if (code === "EADDRINUSE")
    return "That port is taken by another program. Stop it, or choose another: npm start -- --port 9000";
  if (code === "EACCES")
    return "This port or folder may not be used by this user. Ports below 1024 need rights; try --port 9000.";
  return error instanceof Error ? error.message : String(error);
}

if (import.meta.main) {
  main().catch((error: unknown) => {
    console.error(`Parley could not start: ${explain(error)}`);
    if (!(error instanceof ConfigError) && process.env.LOG_LEVEL === "debug") console.error(error);
    process.exit(1);
  });
}
