import type { OptionType } from "./values.ts";

/**
 * The table of all settings. Environment, flags, `--help` and docs/operate/configuration.md are made from it. A flag takes
 * precedence over the environment, and the environment over the default.
 */
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
  option("PORT", "port", "8000", "TCP port to listen on. 0 chooses a free port."),
  option(
    "HOST",
    "text",
    "0.0.0.0",
    "Address to listen on. 127.0.0.1 accepts connections from this machine only.",
  ),
  option(
    "DATA_DIR",
    "folder",
    "./data",
    "Folder of the embedded store. The server creates it if it does not exist.",
  ),
  option(
    "DATABASE_URL",
    "database",
    "",
    "PostgreSQL (14 or later) that holds the store in place of DATA_DIR, such as `postgresql://user:<password>@host:5432/parley`. `?schema=` names a schema other than public; `?sslmode=` is disable (default), require (TLS, any certificate) or verify-full. With REDIS_URL several servers share it, without it one.",
  ),
  option(
    "PG_LANES",
    "count",
    "4",
    "Batches of messages that this server commits to PostgreSQL at the same time, each over a connection of its own. Five further connections are for reads and work in the background.",
  ),
  option(
    "REDIS_URL",
    "redis",
    "",
    "Redis server that joins several servers of one PostgreSQL store into one chat, such as `redis://user:<password>@host:6379/0`; rediss:// for TLS. Redis only carries notifications: without it messages are stored and delivered, up to a second later.",
  ),
  option(
    "REDIS_PREFIX",
    "prefix",
    "parley",
    "Begin of the names of all keys and channels in Redis. Chats that share a Redis server each need their own.",
  ),
  option(
    "PUBLIC_URL",
    "address",
    "",
    "Public address of the server, such as https://chat.example.org. Needed when the server has a public name: it answers to localhost, IP addresses, names without a dot, .local, .lan, .home.arpa, .internal, and this name.",
  ),
  option(
    "ALLOWED_HOSTS",
    "hosts",
    "",
    "Further host names that the server answers to, separated by commas; * for any name, which turns off the protection against DNS rebinding.",
  ),
  option(
    "ALLOWED_ORIGINS",
    "origins",
    "",
    "Origins of other sites' pages that may connect, separated by commas; * lets every page use the HTTP API. The server's own page always may.",
  ),
  option(
    "TRUST_PROXY",
    "amount",
    "0",
    "Number of trusted reverse proxies in front of the server, for when their addresses are not known. With 1 the last entry of X-Forwarded-For is the client's address, so only the proxy may be able to reach the port. TRUSTED_PROXIES is safer.",
  ),
  option(
    "TRUSTED_PROXIES",
    "networks",
    "",
    "Addresses and networks (CIDR) of your reverse proxies, separated by commas, such as 127.0.0.1,::1. X-Forwarded-For is read only in requests from these.",
  ),
  option(
    "WORKERS",
    "workers",
    "1",
    "Processes that take connections, from 1 to 128, or auto: one less than the cores of the machine. With more than 1 they share the port (Linux only), and one more process keeps the store; with DATABASE_URL and REDIS_URL each opens the store itself. See docs/operate/scale.md.",
  ),
  option("GUESTS", "switch", "on", "Whether users may sign in as guests, with a name only."),
  option(
    "DIALECTS",
    "dialects",
    "lobby,rooms,chat",
    "Legacy protocols to enable: lobby, rooms, chat, separated by commas, or none. They need GUESTS.",
  ),
  option(
    "DIALECT_ORIGINS",
    "origins",
    "",
    "Origins whose pages may use the legacy protocols, separated by commas; * for all. Without a list, any page may open a socket; only pages of the same host name (on any port) may use the REST API of these protocols, and they always may. none allows no other origin.",
  ),
  option(
    "LOBBY_FORMAT",
    "format",
    "json",
    "Format of frames at /ws/{username}: json, or text for pages that read plain text only. ?format= sets it for one connection.",
  ),
  option(
    "RATE_LIMITS",
    "switch",
    "on",
    "off turns off all rate limits and all limits for each address: for measurements, or behind a proxy that sets limits.",
  ),
  option("MESSAGE_RATE", "count", "10", "Commands that a user may send each second, on average."),
  option("MESSAGE_BURST", "count", "30", "Commands that a user may send at once."),
  option(
    "FRAME_RATE",
    "count",
    "50",
    "Frames of all kinds that a connection may send each second, on average.",
  ),
  option(
    "MAX_CONNECTIONS",
    "count",
    "50000",
    "Open sockets at once. Further ones are closed with 1013 (try again later). If the limit of open files allows fewer sockets, that limit counts, less a reserve.",
  ),
  option(
    "MAX_UNAUTHENTICATED",
    "count",
    "20000",
    "Open sockets at once that have not sent hello. Above this number the one that has waited longest is closed with 4410.",
  ),
  option(
    "MAX_MEMORY",
    "memory",
    "0",
    "Megabytes of memory above which new sockets are closed with 1013: 0 for no limit, or at least 128, because an idle server uses about 70.",
  ),
  option(
    "CONNECTIONS_PER_ADDRESS",
    "count",
    "2000",
    "Open sockets that one address may have at once. Further ones get 429.",
  ),
  option(
    "REQUEST_TIMEOUT",
    "seconds",
    "30",
    "Seconds that a request may take to arrive, and that its connection may then be idle. From 5 to 240.",
  ),
  option(
    "DRAIN_DELAY",
    "delay",
    "0",
    "Seconds between SIGTERM and the shutdown, in which /readyz answers 503 and everything else works: time for a load balancer to stop sending requests. From 0 to 300.",
  ),
  option("CONNECTIONS_PER_USER", "count", "50", "Open sockets that one user may have at once."),
  option("CONNECT_RATE", "count", "50", "Connections that one address may open each second, on average."),
  option(
    "CONNECT_BURST",
    "count",
    "2000",
    "Connections that one address may open at once, such as an office that reconnects after a restart.",
  ),
  option("GUEST_RATE", "count", "100", "New guests that one address may create each hour, on average."),
  option("GUEST_BURST", "count", "100", "New guests that one address may create at once."),
  option(
    "FAILED_HELLO_RATE",
    "count",
    "600",
    "Sign-ins of one address that may fail because of the token or the name each hour, on average. Sign-ins of known guests are not counted.",
  ),
  option("FAILED_HELLO_BURST", "count", "100", "Sign-ins of one address that may fail at once."),
  option(
    "ROOM_RATE",
    "count",
    "20",
    "Rooms that a user may create each hour, on average. An address may create five times as many.",
  ),
  option("ROOM_BURST", "count", "10", "Rooms that a user may create at once; an address five times as many."),
  option(
    "READ_RATE",
    "count",
    "2048",
    "Kilobytes of answers that a user may read each second, on average, over sockets and HTTP together; a millisecond of reading counts as 32 kilobytes. An address may read eight times as much.",
  ),
  option(
    "READ_BURST",
    "count",
    "32768",
    "Kilobytes of answers that a user may read at once; an address eight times as much.",
  ),
  option(
    "REQUESTS_PER_ADDRESS",
    "count",
    "1000",
    "HTTP requests of one address in progress at once, including those that wait in a queue. Further ones get 429.",
  ),
  option(
    "MAX_IN_FLIGHT",
    "count",
    "64",
    "Megabytes of HTTP bodies and answers in progress at once; one address may use a quarter. Above this amount requests get 429.",
  ),
  option(
    "CONTACT_RATE",
    "count",
    "100",
    "Direct rooms and invitations that a user may create each hour, on average. An address may create five times as many.",
  ),
  option(
    "CONTACT_BURST",
    "count",
    "100",
    "Direct rooms and invitations that a user may create at once; an address five times as many.",
  ),
  option(
    "CONTACTED_RATE",
    "count",
    "200",
    "Direct rooms and invitations that a user may receive each hour, on average.",
  ),
  option("CONTACTED_BURST", "count", "200", "Direct rooms and invitations that a user may receive at once."),
  option(
    "WRITE_QUOTA",
    "amount",
    "1024",
    "Megabytes that a user may write each day. 0 sets no quota, and neither does RATE_LIMITS=off.",
  ),
  option(
    "WRITE_QUOTA_PER_ADDRESS",
    "amount",
    "5120",
    "Megabytes that may be written from one address each day, by all its users and by clients of the legacy protocols together. 0 sets no quota, and neither does RATE_LIMITS=off.",
  ),
  option(
    "DISK_RESERVE",
    "amount",
    "64",
    "Megabytes on the disk of DATA_DIR that must stay free. With less, the server refuses writes with the fault storage and still answers reads. 0 turns the check off.",
  ),
  option(
    "UNSAFE_DURABILITY",
    "switch",
    "off",
    "on starts the server even if the store cannot guarantee fsync. /healthz then shows it.",
  ),
  option(
    "BACKUP_BEFORE_MIGRATION",
    "switch",
    "on",
    "Whether the server copies a store of an older version to DATA_DIR/backups before it migrates the store.",
  ),
  option(
    "METRICS",
    "switch",
    "on",
    "Whether the server keeps metrics. Read them with METRICS_TOKEN, or at METRICS_LISTEN.",
  ),
  option(
    "METRICS_TOKEN",
    "token",
    "",
    "Bearer token for /metrics on the server's port. Without it /metrics answers 403 there. Set it in the environment, because other users of the machine can see flags.",
  ),
  option(
    "METRICS_LISTEN",
    "listen",
    "",
    "Address and port at which /metrics answers without a token, such as 127.0.0.1:9464. Do not forward it through a proxy.",
  ),
  option(
    "LOG_LEVEL",
    "level",
    "info",
    "What the server logs on the terminal: debug, info, warn, error or silent. debug logs a line for each request and command. silent also turns off the log files, unless LOG_DIR is set.",
  ),
  option(
    "LOG_DIR",
    "folder",
    "./logs",
    "Folder of access.log, error.log and websocket.log. off turns the files off.",
  ),
  option("LOG_MAX_SIZE", "count", "10", "Size in megabytes at which a new log file is started."),
  option("LOG_FILES", "count", "5", "Number of files of each log that are kept, including the current one."),
  option("LOG_TEXT", "switch", "off", "on also logs message text, in websocket.log."),
] as const satisfies readonly Option[];

/** The text of `--help`; `command` is the command line before the options. */
export function helpText(command = "npm start --"): string {
  const rows = options.map(
    (row) => `  ${row.flag.padEnd(20)} ${row.description} [${row.name}, ${row.default || "none"}]`,
  );
  return [
    `Parley, a chat server. Usage: ${command} [options]`,
    "",
    ...rows,
    `  ${"--help".padEnd(20)} Show this help.`,
  ].join("\n");
}
