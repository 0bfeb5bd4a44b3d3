import type { OptionType } from "./values.ts";

/**
 * The one table of settings. Environment, flags, `--help` and docs/operate/configuration.md come from it. A flag wins
 * over the environment, the environment over the default.
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
  option("PORT", "port", "8000", "TCP port to listen on. 0 takes a free one."),
  option("HOST", "text", "0.0.0.0", "Address to listen on. 127.0.0.1 keeps the server to this machine."),
  option("DATA_DIR", "folder", "./data", "Folder of the embedded store. Made when it is not there."),
  option(
    "PUBLIC_URL",
    "address",
    "",
    "Address that people type, such as https://chat.example.org. Needed where the server has a public name: it answers to localhost, IP addresses, names without a dot, .local, .lan, .home.arpa, .internal, and this.",
  ),
  option(
    "ALLOWED_HOSTS",
    "hosts",
    "",
    "Further names that the server answers to, separated by commas; * for any name, which gives up the protection against DNS rebinding.",
  ),
  option(
    "ALLOWED_ORIGINS",
    "origins",
    "",
    "Origins of foreign pages that may connect, separated by commas; * lets all use the HTTP interface. The server's own page always may.",
  ),
  option(
    "TRUST_PROXY",
    "amount",
    "0",
    "Where their addresses are not known: how many proxies of your own are in front. With 1 the last entry of X-Forwarded-For is the client's address, so nobody else may reach the port. TRUSTED_PROXIES is safer.",
  ),
  option(
    "TRUSTED_PROXIES",
    "networks",
    "",
    "Addresses and networks (CIDR) of your proxies, separated by commas, such as 127.0.0.1,::1. Only from these X-Forwarded-For is believed.",
  ),
  option("GUESTS", "switch", "on", "Whether people may sign in as guests with a name only."),
  option(
    "DIALECTS",
    "dialects",
    "lobby,rooms,chat",
    "Wires of small chat servers that are spoken: lobby, rooms, chat, separated by commas; none for none. They need GUESTS.",
  ),
  option(
    "DIALECT_ORIGINS",
    "origins",
    "",
    "Origins whose pages may use these wires, separated by commas; * for all. Without it any page may open a socket, and pages of the same host name (on any port) may use the REST, which holds with a list, too; none lists nobody.",
  ),
  option(
    "LOBBY_FORMAT",
    "format",
    "json",
    "Frames at /ws/{username}: json, or text for pages that know plain text only. ?format= decides for one connection.",
  ),
  option(
    "RATE_LIMITS",
    "switch",
    "on",
    "off lifts all rates, and all that is counted by address: for measurements, or behind a proxy that limits.",
  ),
  option("MESSAGE_RATE", "count", "10", "Commands a user may send each second, over time."),
  option("MESSAGE_BURST", "count", "30", "Commands a user may send at once."),
  option("FRAME_RATE", "count", "50", "Frames of all kinds a connection may send each second, over time."),
  option(
    "MAX_CONNECTIONS",
    "count",
    "50000",
    "Sockets at once. Further ones are closed with 1013, try later. Where the limit of open files allows fewer, that counts, less a reserve.",
  ),
  option(
    "MAX_UNAUTHENTICATED",
    "count",
    "20000",
    "Sockets at once that have not said hello. Above it the longest silent one is closed with 4410.",
  ),
  option(
    "MAX_MEMORY",
    "memory",
    "0",
    "Megabytes of memory above which further sockets are closed with 1013: 0 for no limit, or at least 128, because an idle server takes about 70.",
  ),
  option(
    "CONNECTIONS_PER_ADDRESS",
    "count",
    "2000",
    "Sockets that one address may hold at once. Further ones get 429.",
  ),
  option(
    "REQUEST_TIMEOUT",
    "seconds",
    "30",
    "Seconds that a request may take to arrive, and its connection may then stay idle. From 5 to 240.",
  ),
  option(
    "DRAIN_DELAY",
    "delay",
    "0",
    "Seconds between SIGTERM and the shutdown in which /readyz answers 503 and everything else works: time for a load balancer to take the server out. From 0 to 300.",
  ),
  option("CONNECTIONS_PER_USER", "count", "50", "Sockets that one user may hold at once."),
  option("CONNECT_RATE", "count", "50", "Connections that one address may make each second, over time."),
  option(
    "CONNECT_BURST",
    "count",
    "2000",
    "Connections that one address may make at once: an office that comes back after a restart.",
  ),
  option("GUEST_RATE", "count", "100", "New guests that may come from one address each hour, over time."),
  option("GUEST_BURST", "count", "100", "New guests that may come from one address at once."),
  option(
    "FAILED_HELLO_RATE",
    "count",
    "600",
    "Hellos of one address that may fail for their token or name each hour, over time. Known guests are not counted.",
  ),
  option("FAILED_HELLO_BURST", "count", "100", "Hellos of one address that may fail at once."),
  option(
    "ROOM_RATE",
    "count",
    "20",
    "Rooms that a user may make each hour, over time. An address may make five times as many.",
  ),
  option("ROOM_BURST", "count", "10", "Rooms that a user may make at once; an address five times as many."),
  option(
    "READ_RATE",
    "count",
    "2048",
    "Kilobytes of answers that a user may read each second, over time, by sockets and HTTP; a millisecond of reading counts as 32. An address may read eight times as much.",
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
    "HTTP requests of one address that may be under way at once, those that wait for their turn among them. Further ones get 429.",
  ),
  option(
    "MAX_IN_FLIGHT",
    "count",
    "64",
    "Megabytes of HTTP bodies and answers that may be on their way at once; one address may have a quarter. Above it requests get 429.",
  ),
  option(
    "CONTACT_RATE",
    "count",
    "100",
    "Direct rooms and invitations that a user may make each hour, over time. An address may make five times as many.",
  ),
  option(
    "CONTACT_BURST",
    "count",
    "100",
    "Direct rooms and invitations that a user may make at once; an address five times as many.",
  ),
  option(
    "CONTACTED_RATE",
    "count",
    "200",
    "Direct rooms and invitations that may reach a user each hour, over time.",
  ),
  option("CONTACTED_BURST", "count", "200", "Direct rooms and invitations that may reach a user at once."),
  option(
    "WRITE_QUOTA",
    "amount",
    "1024",
    "Megabytes that a user may write each day. 0 sets no quota; RATE_LIMITS=off lifts it, too.",
  ),
  option(
    "DISK_RESERVE",
    "amount",
    "64",
    "Megabytes of DATA_DIR's disk that stay free: below them writes are refused with storage and reads go on. 0 looks at nothing.",
  ),
  option(
    "UNSAFE_DURABILITY",
    "switch",
    "off",
    "on starts although the store cannot promise fsync. /healthz then says so.",
  ),
  option(
    "BACKUP_BEFORE_MIGRATION",
    "switch",
    "on",
    "Whether a store that an older server wrote is copied into DATA_DIR/backups before it is brought up to date.",
  ),
  option(
    "METRICS",
    "switch",
    "on",
    "Whether metrics are kept. They are read with METRICS_TOKEN, or at METRICS_LISTEN.",
  ),
  option(
    "METRICS_TOKEN",
    "token",
    "",
    "Bearer token with which /metrics may be read on the server's port. Without it /metrics there is 403. Set it in the environment: flags are seen by others.",
  ),
  option(
    "METRICS_LISTEN",
    "listen",
    "",
    "Address and port on which /metrics answers without a token, such as 127.0.0.1:9464. Let no proxy lead there.",
  ),
  option(
    "LOG_LEVEL",
    "level",
    "info",
    "What the terminal shows: debug, info, warn, error or silent. debug has a line for each request and command. With silent there are no files either, unless LOG_DIR is given.",
  ),
  option(
    "LOG_DIR",
    "folder",
    "./logs",
    "Folder of access.log, error.log and websocket.log. off writes none.",
  ),
  option("LOG_MAX_SIZE", "count", "10", "Megabytes from which a log file is begun anew."),
  option("LOG_FILES", "count", "5", "Files of each log that are kept, the one being written among them."),
  option("LOG_TEXT", "switch", "off", "on writes what people say into websocket.log, too."),
] as const satisfies readonly Option[];

/** The text of `--help`; `command` is what a person types before the options. */
export function helpText(command = "npm start --"): string {
  const rows = options.map(
    (row) => `  ${row.flag.padEnd(20)} ${row.description} [${row.name}, ${row.default || "none"}]`,
  );
  return [
    `Parley, a chat server. Usage: ${command} [options]`,
    "",
    ...rows,
    `  ${"--help".padEnd(20)} This text.`,
  ].join("\n");
}
