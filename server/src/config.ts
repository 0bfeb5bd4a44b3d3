/**
 * The one table of settings. Environment, flags, `--help` and docs/operate/configuration.md come from it. A flag wins
 * over the environment, the environment over the default.
 */
export type OptionType = "port" | "text" | "folder" | "switch" | "count" | "level";

export type Option = {
  readonly name: string;
  readonly flag: string;
  readonly type: OptionType;
  readonly default: string;
  readonly description: string;
};

const option = (name: string, type: OptionType, fallback: string, description: string): Option => ({
  name,
  flag: `--${name.toLowerCase().replaceAll("_", "-")}`,
  type,
  default: fallback,
  description,
});

export const options = [
  option("PORT", "port", "8000", "TCP port to listen on. 0 takes a free one."),
  option("HOST", "text", "0.0.0.0", "Address to listen on. 127.0.0.1 keeps the server to this machine."),
  option("DATA_DIR", "folder", "./data", "Folder of the embedded store. Made when it is not there."),
  option(
    "ALLOWED_ORIGINS",
    "text",
    "",
    "Origins of foreign pages that may connect, separated by commas. The server's own page always may.",
  ),
  option("GUESTS", "switch", "on", "Whether people may sign in as guests with a name only."),
  option(
    "RATE_LIMITS",
    "switch",
    "on",
    "off lifts all rates: for measurements, or behind a proxy that limits.",
  ),
  option("MESSAGE_RATE", "count", "10", "Commands a user may send each second, over time."),
  option("MESSAGE_BURST", "count", "30", "Commands a user may send at once."),
  option("FRAME_RATE", "count", "50", "Frames of all kinds a connection may send each second, over time."),
  option(
    "MAX_CONNECTIONS",
    "count",
    "50000",
    "Sockets at once. Further ones are closed with 1013, try later.",
  ),
  option(
    "UNSAFE_DURABILITY",
    "switch",
    "off",
    "on starts although the store cannot promise fsync. /healthz then says so.",
  ),
  option("LOG_LEVEL", "level", "info", "debug, info, warn, error or silent."),
] as const satisfies readonly Option[];

export type Config = {
  readonly port: number;
  readonly host: string;
  readonly dataDir: string;
  readonly allowedOrigins: readonly string[];
  readonly guests: boolean;
  readonly rateLimits: boolean;
  readonly messageRate: number;
  readonly messageBurst: number;
  readonly frameRate: number;
  readonly maxConnections: number;
  readonly unsafeDurability: boolean;
  readonly logLevel: "debug" | "info" | "warn" | "error" | "silent";
};

/** A setting that cannot be used; the message says which, and what it takes. */
export class ConfigError extends Error {
  override name = "ConfigError";
}

const CHECKS: Record<OptionType, { takes: string; test: (value: string) => boolean }> = {
  port: {
    takes: "a number from 0 to 65535",
    test: (value) => /^\d{1,5}$/.test(value) && Number(value) <= 65_535,
  },
  text: { takes: "text", test: () => true },
  folder: { takes: "the path of a folder", test: (value) => value !== "" },
  switch: { takes: "on or off", test: (value) => value === "on" || value === "off" },
  count: { takes: "a whole number above 0", test: (value) => /^[1-9]\d{0,8}$/.test(value) },
  level: {
    takes: "debug, info, warn, error or silent",
    test: (value) => /^(debug|info|warn|error|silent)$/.test(value),
  },
};

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

/** Reads settings from flags and environment. Throws a ConfigError that says what to change. */
export function readConfig(
  args: readonly string[],
  env: { readonly [name: string]: string | undefined },
): Config {
  const flags = flagsOf(args);
  const values = new Map<string, string>();
  for (const row of options) {
    const value = flags.get(row.name) ?? env[row.name] ?? row.default;
    const check = CHECKS[row.type];
    if (!check.test(value))
      throw new ConfigError(`${row.name} (${row.flag}) takes ${check.takes}, not "${value}".`);
    values.set(row.name, value);
  }
  const text = (name: (typeof options)[number]["name"]) => values.get(name) ?? "";
  return {
    port: Number(text("PORT")),
    host: text("HOST"),
    dataDir: text("DATA_DIR"),
    allowedOrigins: text("ALLOWED_ORIGINS")
      .split(",")
      .map((origin) => origin.trim())
      .filter(Boolean),
    guests: text("GUESTS") === "on",
    rateLimits: text("RATE_LIMITS") === "on",
    messageRate: Number(text("MESSAGE_RATE")),
    messageBurst: Number(text("MESSAGE_BURST")),
    frameRate: Number(text("FRAME_RATE")),
    maxConnections: Number(text("MAX_CONNECTIONS")),
    unsafeDurability: text("UNSAFE_DURABILITY") === "on",
    logLevel: text("LOG_LEVEL") as Config["logLevel"],
  };
}

/** The text of `--help`. */
export function helpText(): string {
  const rows = options.map(
    (row) => `  ${row.flag.padEnd(20)} ${row.description} [${row.name}, ${row.default || "none"}]`,
  );
  return [
    "Parley, a chat server. Usage: npm start -- [options]",
    "",
    ...rows,
    `  ${"--help".padEnd(20)} This text.`,
  ].join("\n");
}
