import { mkdirSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CableProxy } from "../../support/cable-proxy.ts";
import type { StoreDump } from "../../support/checker/store-dump.ts";
import { freePort } from "../../support/child-process.ts";
import { Cluster } from "../../support/node-cluster.ts";
import { Random } from "../../support/random.ts";
import { readPostgres, readPostgresHeads } from "../../support/recording/read-postgres.ts";
import { readHeads, readStore } from "../../support/recording/read-store.ts";
import type { Heads } from "../../support/recording/store-tables.ts";
import { type ServerOptions, ServerProcess } from "../../support/server-process.ts";
import { ClientProcess, type Report } from "../clients/client-process.ts";
import type { Weights } from "../clients/script.ts";
import { type ClientMutantName, SERVER_MUTANTS, type ServerMutantName } from "../mutants/registry.ts";

/** The clients run in two processes: what one knows the other learns from the server only. */
const PROCESSES = 2;

export type WorldOptions = {
  readonly seed: number;
  readonly clients: number;
  readonly bug?: ClientMutantName | ServerMutantName;
  /** Weights of actions that differ from the defaults. */
  readonly weights?: Partial<Weights>;
  /** How many times as slow the scripts are as usual, and how many clients of a process show their screens: for crowds. */
  readonly pace?: number;
  readonly screens?: number;
  /** Processes that take connections, if not one. */
  readonly workers?: number;
  /** Servers over one PostgreSQL and one Redis, in place of one server over SQLite. Each connection goes to one of them. */
  readonly nodes?: number;
  /** A folder of the store's own, such as one on another disk. */
  readonly dataDir?: string;
};

/** A server, its clients, and the faults that can be injected into them. */
export class World {
  readonly random: Random;
  readonly folder: string;
  readonly dataDir: string;
  readonly #options: WorldOptions;
  #server: ServerProcess | undefined;
  #port = 0;
  #cluster: Cluster | undefined;
  proxy: CableProxy | undefined;
  clients: readonly ClientProcess[] = [];
  /** How often the server did not end by SIGTERM. */
  stuck = 0;

  constructor(options: WorldOptions) {
    this.#options = options;
    this.random = new Random(options.seed);
    this.folder = mkdtempSync(join(tmpdir(), `parley-faults-${options.seed}-`));
    this.dataDir = options.dataDir ?? join(this.folder, "data");
    mkdirSync(this.dataDir, { recursive: true });
  }

  /** Where clients connect. */
  get url(): string {
    return `http://127.0.0.1:${this.proxy?.port ?? this.#port}`;
  }

  /** The names of all clients. The last two clients are second devices of the first two users. */
  get people(): readonly string[] {
    return Array.from({ length: Math.max(1, this.#options.clients - 2) }, (_, index) => `Person ${index}`);
  }

  get seed(): number {
    return this.#options.seed;
  }

  /** The server's process id. */
  get pid(): number {
    return this.#server?.pid ?? 0;
  }

  /** The files of the clients' records, and the run's own. */
  get records(): string[] {
    return ["run", ...this.clients.map((_, index) => `clients-${index}`)].map((name) =>
      join(this.folder, `${name}.jsonl`),
    );
  }

  /** Where several servers run, with what they share. */
  get cluster(): Cluster {
    if (!this.#cluster) throw new Error("this world has one server");
    return this.#cluster;
  }

  async startServer(): Promise<void> {
    const { nodes } = this.#options;
    if (nodes !== undefined) return this.#startCluster(nodes);
    this.#port ||= await freePort();
    this.#server = await ServerProcess.start(this.#serverOptions());
  }

  async #startCluster(nodes: number): Promise<void> {
    const { entry, env = {} } = this.#serverOptions();
    const { folder } = this;
    this.#cluster = await Cluster.start({ nodes, folder, env, ...(entry ? { entry } : {}) });
    // Its choices depend on when clients connect: they must not shift those of the nemesis.
    const random = this.random.fork(nodes);
    const target = () => random.pick(this.cluster.nodes.filter(({ isUp }) => isUp))?.port ?? 1;
    this.proxy = await CableProxy.open(target);
  }

  /** The heads of all feeds, and the rooms of each user, as the store has them now. */
  async readHeads(): Promise<Heads> {
    return this.#cluster ? readPostgresHeads(this.#cluster.databaseUrl) : readHeads(this.dataDir);
  }

  async readStore(): Promise<StoreDump> {
    return this.#cluster ? readPostgres(this.#cluster.databaseUrl) : readStore(this.dataDir);
  }

  /** A start that is cut short by kill -9 after so many milliseconds: recovery must survive it, too. */
  startAndKillServer(ms: number): Promise<void> {
    return ServerProcess.startAndKill(this.#serverOptions(), ms);
  }

  #serverOptions(): ServerOptions {
    const { bug, seed, workers = 1 } = this.#options;
    return {
      ...(bug && bug in SERVER_MUTANTS ? { entry: SERVER_MUTANTS[bug as ServerMutantName] } : {}),
      port: this.#port,
      dataDir: this.dataDir,
      log: join(this.folder, "server.log"),
      env: { LOG_LEVEL: "warn", FAULT_SEED: String(seed), WORKERS: String(workers) },
    };
  }

  async openProxy(): Promise<void> {
    this.proxy = await CableProxy.open(this.#port);
  }

  startClients(): void {
    const { seed, clients, bug, weights, pace, screens } = this.#options;
    const people = this.people;
    const all = Array.from({ length: clients }, (_, index) => ({
      name: `c${index}`,
      person: people[index % people.length] ?? "",
    }));
    const share = Math.ceil(clients / PROCESSES);
    this.clients = Array.from({ length: PROCESSES }, (_, index) => {
      return new ClientProcess({
        url: this.url,
        seed,
        first: index * share,
        clients: all.slice(index * share, (index + 1) * share),
        record: join(this.folder, `clients-${index}.jsonl`),
        ...(bug && !(bug in SERVER_MUTANTS) ? { bug: bug as ClientMutantName } : {}),
        ...(weights ? { weights } : {}),
        ...(pace === undefined ? {} : { pace }),
        ...(screens === undefined ? {} : { screens }),
      });
    });
  }

  async killServer(): Promise<void> {
    for (const node of this.#cluster?.nodes ?? []) await node.kill();
    await this.#server?.kill();
  }

  async stopServer(): Promise<void> {
    for (const node of this.#cluster?.nodes ?? []) if (!(await node.stop())) this.stuck++;
    if ((await this.#server?.stop()) === false) this.stuck++;
  }

  /** Sends the same order to all clients. */
  ask(what: Parameters<ClientProcess["ask"]>[0], ms?: number): Promise<Report[]> {
    return Promise.all(this.clients.map((process) => process.ask(what, ms)));
  }

  /** Ends every process of it. */
  async end(): Promise<void> {
    await Promise.allSettled([
      ...this.clients.map(({ child }) => child.kill()),
      this.#server?.child.kill(),
      this.proxy?.close(),
      this.#cluster?.end(),
    ]);
  }
}
