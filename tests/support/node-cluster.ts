// Server processes over one PostgreSQL and one Redis, both of their own, as several machines would run them.

import { randomUUID } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import {
  findPostgres,
  startPostgres,
  type ThrowawayPostgres,
} from "@parley/server/testing/throwaway-postgres.ts";
import { freePort, pause, until } from "./child-process.ts";
import { redisServer, startRedis, type TestRedis } from "./redis.ts";
import { ServerProcess } from "./server-process.ts";

/** Whether the programs that a cluster needs are on this machine. `npm test` names the packages that are missing. */
export const hasCluster = findPostgres() !== null && redisServer !== undefined;

export type ClusterOptions = {
  readonly nodes: number;
  /** For logs and the folders of the nodes. */
  readonly folder: string;
  readonly env?: Readonly<Record<string, string>>;
  /** The entry file of the nodes, from the root; the product's own unless a bug is injected. */
  readonly entry?: string;
  /** The port at which the nodes reach PostgreSQL, if not its own: such as that of a proxy. */
  readonly postgresPort?: (real: number) => Promise<number>;
};

/** How long a node may take until it reaches Redis again. Milliseconds. */
const CONNECTED_WITHIN = 15_000;

/** One of several servers. It keeps its port and its folder over all starts. */
export class ClusterNode {
  readonly port: number;
  readonly #start: () => Promise<ServerProcess>;
  #process: ServerProcess | undefined;

  constructor(port: number, start: () => Promise<ServerProcess>) {
    this.port = port;
    this.#start = start;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** 0 while there is none. */
  get pid(): number {
    return this.isUp ? (this.#process?.pid ?? 0) : 0;
  }

  get isUp(): boolean {
    return this.#process !== undefined && !this.#process.child.ended;
  }

  async start(): Promise<void> {
    if (!this.isUp) this.#process = await this.#start();
  }

  async kill(): Promise<void> {
    await this.#process?.kill();
  }

  /** By SIGTERM. False if it had to be killed. */
  async stop(): Promise<boolean> {
    return (await this.#process?.stop()) ?? true;
  }

  /** Stopped for so many milliseconds: it closes nothing and answers nothing. */
  async freeze(ms: number): Promise<void> {
    const { pid } = this;
    if (pid === 0) return;
    process.kill(pid, "SIGSTOP");
    await pause(ms);
    if (this.pid === pid) process.kill(pid, "SIGCONT");
  }

  /** What `/readyz` names as degraded. */
  async degraded(): Promise<readonly string[]> {
    const answer = (await (await fetch(`${this.url}/readyz`)).json()) as { degraded?: string[] };
    return answer.degraded ?? [];
  }
}

export class Cluster {
  readonly postgres: ThrowawayPostgres;
  readonly redis: TestRedis;
  readonly nodes: readonly ClusterNode[];
  /** The store, for the tests themselves: not through a proxy. */
  readonly databaseUrl: string;

  private constructor(
    postgres: ThrowawayPostgres,
    redis: TestRedis,
    nodes: readonly ClusterNode[],
    databaseUrl: string,
  ) {
    this.postgres = postgres;
    this.redis = redis;
    this.nodes = nodes;
    this.databaseUrl = databaseUrl;
  }

  /** Starts PostgreSQL, Redis and the nodes, all nodes at once, and waits until each reaches Redis. */
  static async start(options: ClusterOptions): Promise<Cluster> {
    const postgres = await startPostgres();
    let redis: TestRedis | undefined;
    let cluster: Cluster | undefined;
    try {
      redis = await startRedis();
      const databaseUrl = postgres.newUrl();
      const port = await options.postgresPort?.(postgres.port);
      const seen = port === undefined ? databaseUrl : databaseUrl.replace(`:${postgres.port}/`, `:${port}/`);
      const prefix = randomUUID();
      const nodes: ClusterNode[] = [];
      for (let i = 0; i < options.nodes; i++)
        nodes.push(
          await newNode(i, options, { DATABASE_URL: seen, REDIS_URL: redis.url, REDIS_PREFIX: prefix }),
        );
      cluster = new Cluster(postgres, redis, nodes, databaseUrl);
      await Promise.all(nodes.map((node) => node.start()));
      await cluster.connected();
      return cluster;
    } catch (error) {
      await cluster?.end();
      await redis?.end();
      await postgres.discard();
      throw error;
    }
  }

  /** Resolves when every node that is up reaches Redis. */
  async connected(): Promise<void> {
    await until(CONNECTED_WITHIN, "every node reaches Redis", async () => {
      for (const node of this.nodes) if (node.isUp && (await node.degraded()).length > 0) return undefined;
      return true;
    });
  }

  /** Ends every process of it. */
  async end(): Promise<void> {
    await Promise.allSettled(this.nodes.map((node) => node.kill()));
    await Promise.allSettled([this.redis.end(), this.postgres.discard()]);
  }
}

async function newNode(
  index: number,
  { folder, env, entry }: ClusterOptions,
  stores: Readonly<Record<string, string>>,
): Promise<ClusterNode> {
  const port = await freePort();
  const dataDir = join(folder, `node-${index}`);
  mkdirSync(dataDir, { recursive: true });
  return new ClusterNode(port, () =>
    ServerProcess.start({
      ...(entry ? { entry } : {}),
      port,
      dataDir,
      log: join(folder, "server.log"),
      env: { LOG_LEVEL: "warn", ...stores, ...env },
    }),
  );
}
