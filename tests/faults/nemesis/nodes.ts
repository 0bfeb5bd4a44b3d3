import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { pause } from "../../support/child-process.ts";
import type { Cluster } from "../../support/node-cluster.ts";
import type { Random } from "../../support/random.ts";
import { withPostgres } from "../../support/recording/read-postgres.ts";
import type { Nemesis } from "./faults.ts";

/** Between two faults, and how long a part is dead or stopped, in milliseconds. */
const BETWEEN = [100, 1_500] as const;
const DEAD = [0, 1_500] as const;
const STOPPED = [300, 5_000] as const;

type Fault = (cluster: Cluster, random: Random) => Promise<void>;

/** kill -9 of a node, which starts again. */
const killNode: Fault = async (cluster, random) => {
  const node = random.pick(cluster.nodes);
  const dead = random.int(...DEAD);
  await node?.kill();
  await pause(dead);
  await node?.start();
};

/** A node that closes nothing and answers nothing: it holds its sockets, its locks and its lease. */
const freezeNode: Fault = async (cluster, random) => {
  await random.pick(cluster.nodes)?.freeze(random.int(...STOPPED));
};

const killRedis: Fault = async ({ redis }, random) => {
  const dead = random.int(...DEAD);
  await redis.kill();
  await pause(dead);
  await redis.restart();
};

const freezeRedis: Fault = async ({ redis }, random) => {
  redis.freeze();
  await pause(random.int(...STOPPED));
  redis.thaw();
};

/** Subscribers, or those that publish, are cut off by Redis. */
const cutRedis: Fault = async ({ redis }, random) => {
  await redis.command("CLIENT", "KILL", "TYPE", random.pick(["pubsub", "normal"]) ?? "pubsub");
};

/** Some or all connections end within whatever they do. */
const cutPostgres: Fault = async ({ databaseUrl }, random) => {
  const part = random.pick([0.2, 0.5, 1]) ?? 1;
  await withPostgres(databaseUrl, (client) =>
    client.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'parley' AND random() <= $1",
      [part],
    ),
  );
};

/** As a loss of power, and the recovery after it. */
const restartPostgres: Fault = ({ postgres }) => postgres.restart("immediate");

/** What may happen, by its name, with how often it is chosen and which part it is done to. */
const FAULTS: Readonly<
  Record<string, { readonly often: number; readonly part: string; readonly inject: Fault }>
> = {
  "kill node": { often: 6, part: "node", inject: killNode },
  "stop node": { often: 3, part: "node", inject: freezeNode },
  "kill redis": { often: 2, part: "redis", inject: killRedis },
  "stop redis": { often: 2, part: "redis", inject: freezeRedis },
  "cut redis": { often: 2, part: "redis", inject: cutRedis },
  "cut postgres": { often: 4, part: "postgres", inject: cutPostgres },
  "restart postgres": { often: 2, part: "postgres", inject: restartPostgres },
};
export const NODE_FAULTS = Object.keys(FAULTS);

/** Faults of nodes, Redis and PostgreSQL, as often as `cycles` says, now and then of two parts at once. */
export function nodeFaults(cycles: number, only: readonly string[] = NODE_FAULTS): Nemesis {
  const choices = Object.entries(FAULTS)
    .filter(([name]) => only.includes(name))
    .flatMap(([name, fault]) => Array.from({ length: fault.often }, () => ({ name, ...fault })));
  return async (world) => {
    const { random, cluster } = world;
    for (let cycle = 0; cycle < cycles; cycle++) {
      await pause(random.int(...BETWEEN));
      const first = random.pick(choices);
      const other = random.chance(0.3) ? random.pick(choices) : undefined;
      const faults = [first, ...(other?.part === first?.part ? [] : [other])].flatMap((fault) => fault ?? []);
      const note = (text: string) =>
        appendFileSync(join(world.folder, "faults.log"), `${new Date().toISOString()} ${text}\n`);
      const names = faults.map(({ name }) => name).join(", ");
      note(names);
      await Promise.all(faults.map(({ inject }) => inject(cluster, random)));
      note(`end of ${names}`);
      if (random.chance(0.3)) await world.ask("wake");
    }
    await cluster.connected();
    await pause(500);
  };
}
