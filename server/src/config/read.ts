import { DIALECT_NAMES, type DialectName } from "@parley/protocol";
import { UsageError } from "../store/base/operator-error.ts";
import { options } from "./options.ts";
import { CHECKS, listenOf, listOf } from "./values.ts";

export type Config = {
  readonly port: number;
  readonly host: string;
  readonly dataDir: string;
  /** Holds a password: it is never logged. Null: the embedded store in `dataDir`. */
  readonly databaseUrl: string | null;
  readonly pgLanes: number;
  /** Holds a password: it is never logged. Null: this is the only server of its store. */
  readonly redisUrl: string | null;
  readonly redisPrefix: string;
  /** The origin of PUBLIC_URL, in the form that browsers send; null without it. */
  readonly publicOrigin: string | null;
  readonly allowedHosts: readonly string[];
  readonly allowedOrigins: readonly string[];
  /** Number of reverse proxies whose entries in X-Forwarded-For are trusted. */
  readonly trustProxy: number;
  /** Addresses and networks of reverse proxies whose X-Forwarded-For is trusted. */
  readonly trustedProxies: readonly string[];
  /** Processes that take connections; `auto` is one less than the cores. */
  readonly workers: number | "auto";
  readonly guests: boolean;
  readonly dialects: readonly DialectName[];
  readonly dialectOrigins: readonly string[];
  readonly lobbyFormat: "json" | "text";
  readonly rateLimits: boolean;
  readonly messageRate: number;
  readonly messageBurst: number;
  readonly frameRate: number;
  readonly maxConnections: number;
  readonly maxUnauthenticated: number;
  /** Megabytes; 0 sets no limit. */
  readonly maxMemory: number;
  /** Seconds. */
  readonly requestTimeout: number;
  /** Seconds. */
  readonly drainDelay: number;
  readonly connectionsPerAddress: number;
  readonly connectionsPerUser: number;
  readonly connectRate: number;
  readonly connectBurst: number;
  readonly guestRate: number;
  readonly guestBurst: number;
  readonly failedHelloRate: number;
  readonly failedHelloBurst: number;
  readonly roomRate: number;
  readonly roomBurst: number;
  /** Kilobytes, of a user. */
  readonly readRate: number;
  readonly readBurst: number;
  readonly requestsPerAddress: number;
  /** Megabytes. */
  readonly maxInFlight: number;
  readonly contactRate: number;
  readonly contactBurst: number;
  readonly contactedRate: number;
  readonly contactedBurst: number;
  /** Megabytes for each user and day; 0 sets no quota. */
  readonly writeQuota: number;
  /** Megabytes for each address and day; 0 sets no quota. */
  readonly writeQuotaPerAddress: number;
  /** Megabytes; 0 turns the check off. */
  readonly diskReserve: number;
  readonly unsafeDurability: boolean;
  readonly backupBeforeMigration: boolean;
  readonly metrics: boolean;
  /** Empty: the server's port does not answer with metrics. */
  readonly metricsToken: string;
  /** Where metrics are answered without a token; null: nowhere. */
  readonly metricsListen: ReturnType<typeof listenOf>;
  readonly logLevel: "debug" | "info" | "warn" | "error" | "silent";
  /** Null: no log files. */
  readonly logDir: string | null;
  /** Megabytes. */
  readonly logMaxSize: number;
  readonly logFiles: number;
  /** Whether the text of messages is logged. */
  readonly logText: boolean;
};

/** A setting is not valid; the message names it and what it takes. */
export class ConfigError extends UsageError {
  override name = "ConfigError";
}

function flagsOf(args: readonly string[]): Map<string, string> {
  const given = new Map<string, string>();
  for (let at = 0; at < args.length; at++) {
    const [flag = "", inline] = (args[at] ?? "").split(/=(.*)/s, 2);
    const row = options.find((candidate) => candidate.flag === flag);
    if (!row) throw new ConfigError(`There is no option ${args[at]}. --help lists them all.`);
    const next = args[at + 1];
    if (inline !== undefined) given.set(row.name, inline);
    else if (next !== undefined && !next.startsWith("--")) given.set(row.name, args[++at] ?? "");
    else if (row.type === "switch") given.set(row.name, "on");
    else throw new ConfigError(`${flag} needs a value: ${CHECKS[row.type].takes}.`);
  }
  return given;
}

/** Reads settings from flags and environment. @throws ConfigError that says what to change. */
export function readConfig(
  args: readonly string[],
  env: { readonly [name: string]: string | undefined },
): Config {
  const flags = flagsOf(args);
  const values = new Map<string, string>();
  for (const row of options) {
    const value = flags.get(row.name) ?? env[row.name] ?? row.default;
    const check = CHECKS[row.type];
    // An invalid value may still hold a secret: it is not repeated.
    const given = ["token", "redis", "database"].includes(row.type) ? "this one" : `"${value}"`;
    if (!check.test(value))
      throw new ConfigError(`${row.name} (${row.flag}) takes ${check.takes}, not ${given}.`);
    values.set(row.name, value);
  }
  if (Number(values.get("TRUST_PROXY")) > 0 && values.get("TRUSTED_PROXIES") !== "")
    throw new ConfigError(
      "Set TRUSTED_PROXIES or TRUST_PROXY, not both: the first names the proxies, the second counts them.",
    );
  type Name = (typeof options)[number]["name"];
  const text = (name: Name) => values.get(name) ?? "";
  const given = (name: Name) => flags.has(name) || env[name] !== undefined;
  if (text("GUESTS") === "off" && given("DIALECTS") && !/^\s*(none)?\s*$/.test(text("DIALECTS")))
    throw new ConfigError(
      `DIALECTS (--dialects) is "${text("DIALECTS")}", but the clients of legacy protocols are guests, and GUESTS is off. Set DIALECTS=none, or GUESTS=on.`,
    );
  return {
    port: Number(text("PORT")),
    host: text("HOST"),
    dataDir: text("DATA_DIR"),
    databaseUrl: text("DATABASE_URL") || null,
    pgLanes: Number(text("PG_LANES")),
    redisUrl: text("REDIS_URL") || null,
    redisPrefix: text("REDIS_PREFIX"),
    publicOrigin: text("PUBLIC_URL") === "" ? null : new URL(text("PUBLIC_URL")).origin,
    allowedHosts: listOf(text("ALLOWED_HOSTS")),
    allowedOrigins: listOf(text("ALLOWED_ORIGINS")),
    trustProxy: Number(text("TRUST_PROXY")),
    trustedProxies: listOf(text("TRUSTED_PROXIES")),
    workers: text("WORKERS") === "auto" ? "auto" : Number(text("WORKERS")),
    guests: text("GUESTS") === "on",
    dialects: DIALECT_NAMES.filter((name) => listOf(text("DIALECTS")).includes(name)),
    dialectOrigins: listOf(text("DIALECT_ORIGINS")),
    lobbyFormat: text("LOBBY_FORMAT") === "text" ? "text" : "json",
    rateLimits: text("RATE_LIMITS") === "on",
    messageRate: Number(text("MESSAGE_RATE")),
    messageBurst: Number(text("MESSAGE_BURST")),
    frameRate: Number(text("FRAME_RATE")),
    maxConnections: Number(text("MAX_CONNECTIONS")),
    maxUnauthenticated: Number(text("MAX_UNAUTHENTICATED")),
    maxMemory: Number(text("MAX_MEMORY")),
    requestTimeout: Number(text("REQUEST_TIMEOUT")),
    drainDelay: Number(text("DRAIN_DELAY")),
    connectionsPerAddress: Number(text("CONNECTIONS_PER_ADDRESS")),
    connectionsPerUser: Number(text("CONNECTIONS_PER_USER")),
    connectRate: Number(text("CONNECT_RATE")),
    connectBurst: Number(text("CONNECT_BURST")),
    guestRate: Number(text("GUEST_RATE")),
    guestBurst: Number(text("GUEST_BURST")),
    failedHelloRate: Number(text("FAILED_HELLO_RATE")),
    failedHelloBurst: Number(text("FAILED_HELLO_BURST")),
    roomRate: Number(text("ROOM_RATE")),
    roomBurst: Number(text("ROOM_BURST")),
    readRate: Number(text("READ_RATE")),
    readBurst: Number(text("READ_BURST")),
    requestsPerAddress: Number(text("REQUESTS_PER_ADDRESS")),
    maxInFlight: Number(text("MAX_IN_FLIGHT")),
    contactRate: Number(text("CONTACT_RATE")),
    contactBurst: Number(text("CONTACT_BURST")),
    contactedRate: Number(text("CONTACTED_RATE")),
    contactedBurst: Number(text("CONTACTED_BURST")),
    writeQuota: Number(text("WRITE_QUOTA")),
    writeQuotaPerAddress: Number(text("WRITE_QUOTA_PER_ADDRESS")),
    diskReserve: Number(text("DISK_RESERVE")),
    unsafeDurability: text("UNSAFE_DURABILITY") === "on",
    backupBeforeMigration: text("BACKUP_BEFORE_MIGRATION") === "on",
    metrics: text("METRICS") === "on",
    metricsToken: text("METRICS_TOKEN"),
    metricsListen: listenOf(text("METRICS_LISTEN")),
    logLevel: text("LOG_LEVEL") as Config["logLevel"],
    logDir:
      text("LOG_DIR") === "off" || (text("LOG_LEVEL") === "silent" && !given("LOG_DIR"))
        ? null
        : text("LOG_DIR"),
    logMaxSize: Number(text("LOG_MAX_SIZE")),
    logFiles: Number(text("LOG_FILES")),
    logText: text("LOG_TEXT") === "on",
  };
}

/** Settings that are valid and probably a mistake: one sentence each, for the log. */
export function configWarnings(
  config: Config,
  env: { readonly [name: string]: string | undefined },
): readonly string[] {
  const warnings: string[] = [];
  if (config.metrics && env.METRICS_TOKEN === "" && config.metricsToken === "")
    warnings.push("METRICS_TOKEN is set and empty, so /metrics answers 403. Give it a value, or remove it.");
  return warnings;
}
