import { spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import pg from "pg";

/** A PostgreSQL server of the tests, on a port and a folder of its own. */
export type ThrowawayPostgres = {
  readonly port: number;
  readonly pid: number;
  /** The address of a schema that no other test uses, for a user that needs no password. */
  newUrl(): string;
  /** The same for the user `guarded`, whose password is `PASSWORD`. */
  guardedUrl(): string;
  /** Carries out SQL as the administrator. */
  query(sql: string): Promise<void>;
  /** Sets a configuration parameter, and starts the server again if `restart`. */
  configure(lines: readonly string[]): Promise<void>;
  /** Ends the server, `immediate` as a loss of power would, and starts it again on the same port. */
  restart(mode: "fast" | "immediate"): Promise<void>;
  stopServer(mode: "fast" | "immediate"): Promise<void>;
  startServer(): Promise<void>;
  /** Ends it and removes its folder. */
  discard(): Promise<void>;
};

export const PASSWORD = "correct horse/battery@staple";

/** Cheaper for many small stores, and as durable as a server in use: a test must not pass because fsync is off. */
const SETTINGS = [
  "listen_addresses = '127.0.0.1'",
  "unix_socket_directories = ''",
  "max_connections = 200",
  "shared_buffers = 64MB",
  "wal_level = minimal",
  "max_wal_senders = 0",
  "autovacuum_naptime = 10s",
  "log_min_messages = fatal",
  "lc_messages = 'C'",
];
const START_TIMEOUT = 30_000;
/** Its number of the test process follows. */
const FOLDER = "parley-postgres-";

/** Where the programs of PostgreSQL are; null if there are none on this machine. */
export function findPostgres(): string | null {
  const named = process.env.POSTGRES;
  const debian = "/usr/lib/postgresql";
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [
    ...(named ? [dirname(named)] : []),
    ...(process.env.PATH ?? "").split(delimiter),
    ...versions.map((version) => join(debian, version, "bin")),
  ];
  for (const folder of folders) {
    const postgres = join(folder, "postgres");
    if (!existsSync(postgres)) continue;
    const real = dirname(realpathSync(postgres));
    if (existsSync(join(real, "initdb"))) return real;
  }
  return null;
}

let shared: Promise<ThrowawayPostgres> | undefined;

/** The one server of this process, started with the first call and ended with the process. */
export function throwawayPostgres(): Promise<ThrowawayPostgres> {
  shared ??= startPostgres();
  return shared;
}

/** Starts a server for one test that stops it, or changes its settings. */
export async function startPostgres(): Promise<ThrowawayPostgres> {
  const bin = findPostgres();
  if (!bin) throw new Error("PostgreSQL is not installed: Debian's package is postgresql");
  removeAbandoned();
  const folder = mkdtempSync(join(tmpdir(), `${FOLDER}${process.pid}-`));
  const as = unprivileged(folder);
  const data = join(folder, "data");
  const run = (program: string, args: readonly string[]) => {
    const [command = "", ...first] = [...as, join(bin, program)];
    const done = spawnSync(command, [...first, ...args], { encoding: "utf8", cwd: folder });
    if (done.status !== 0) throw new Error(`${program}: ${done.error?.message ?? done.stderr}`);
  };
  run("initdb", ["-D", data, "-U", "parley", "--auth=trust", "--no-sync", "-E", "UTF8", "--locale=C"]);
  const port = await freePort();
  const configure = (lines: readonly string[]) =>
    writeFileSync(
      join(data, "postgresql.auto.conf"),
      [...SETTINGS, `port = ${port}`, ...lines, ""].join("\n"),
    );
  configure([]);
  writeFileSync(
    join(data, "pg_hba.conf"),
    "host all guarded 127.0.0.1/32 scram-sha-256\nhost all all 127.0.0.1/32 trust\n",
  );
  let child: ReturnType<typeof spawn> | undefined;
  let ended: Promise<unknown> = Promise.resolve();
  const kill = () => child?.kill("SIGQUIT");
  const discard = async () => {
    process.off("exit", atExit);
    kill();
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  const atExit = () => {
    kill();
    rmSync(folder, { recursive: true, force: true });
  };
  process.on("exit", atExit);
  const startServer = async () => {
    const log: string[] = [];
    const [command = "", ...first] = [...as, join(bin, "postgres")];
    const started = spawn(command, [...first, "-D", data], {
      stdio: ["ignore", "ignore", "pipe"],
      cwd: folder,
    });
    child = started;
    started.stderr?.on("data", (text) => log.push(String(text)));
    let exited = false;
    ended = new Promise((resolve) => {
      started.once("exit", () => {
        exited = true;
        resolve(undefined);
      });
    });
    const until = Date.now() + START_TIMEOUT;
    while (spawnSync(join(bin, "pg_isready"), ["-q", "-h", "127.0.0.1", "-p", String(port)]).status !== 0) {
      if (exited || Date.now() > until) throw new Error(`PostgreSQL did not start: ${log.join("")}`);
      await wait(20);
    }
  };
  const stopServer = async (mode: "fast" | "immediate") => {
    child?.kill(mode === "fast" ? "SIGINT" : "SIGQUIT");
    await ended;
  };
  await startServer();
  const query = async (sql: string, database = "parley") => {
    const client = new pg.Client({ host: "127.0.0.1", port, user: "parley", database });
    await client.connect();
    await client.query(sql);
    await client.end();
  };
  await query("CREATE DATABASE parley", "postgres");
  await query(`CREATE ROLE guarded LOGIN SUPERUSER PASSWORD '${PASSWORD}'`);
  const address = (user: string) =>
    `postgresql://${user}@127.0.0.1:${port}/parley?schema=t${randomBytes(6).toString("hex")}`;
  return {
    port,
    get pid() {
      return child?.pid ?? 0;
    },
    query,
    newUrl: () => address("parley"),
    guardedUrl: () => address(`guarded:${encodeURIComponent(PASSWORD)}`),
    async configure(lines) {
      configure(lines);
      await stopServer("fast");
      await startServer();
    },
    async restart(mode) {
      await stopServer(mode);
      await startServer();
    },
    stopServer,
    startServer,
    discard,
  };
}

/** A test process that was killed leaves its folder behind: its server has ended with it. */
function removeAbandoned(): void {
  for (const name of readdirSync(tmpdir())) {
    if (!name.startsWith(FOLDER)) continue;
    try {
      process.kill(Number.parseInt(name.slice(FOLDER.length), 10), 0);
    } catch {
      rmSync(join(tmpdir(), name), { recursive: true, force: true });
    }
  }
}

/** The beginning of a command that runs as a user without rights: initdb refuses root. Gives that user the folder. */
function unprivileged(folder: string): readonly string[] {
  // A test process that is killed takes its server with it.
  const end = ["--pdeathsig", "QUIT"];
  const setpriv = spawnSync("setpriv", [...end, "true"]).status === 0;
  if (process.getuid?.() !== 0) return setpriv ? ["setpriv", ...end] : [];
  if (!setpriv)
    throw new Error("PostgreSQL does not run as root, and there is no setpriv to change the user");
  const user = ["postgres", "daemon"].find((name) => spawnSync("id", [name]).status === 0) ?? "daemon";
  const id = (flag: string) => spawnSync("id", [flag, user], { encoding: "utf8" }).stdout.trim();
  const [uid, gid] = [id("-u"), id("-g")];
  spawnSync("chown", [`${uid}:${gid}`, folder]);
  chmodSync(folder, 0o700);
  return ["setpriv", `--reuid=${uid}`, `--regid=${gid}`, "--clear-groups", ...end];
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
