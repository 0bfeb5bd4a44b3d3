import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  findPostgres,
  startPostgres,
  type ThrowawayPostgres,
} from "@parley/server/testing/throwaway-postgres.ts";
import { until } from "../support/child-process.ts";
import { start } from "../support/cli.ts";
import { redisServer, startRedis, type TestRedis } from "../support/redis.ts";
import { WireClient } from "../support/test-server.ts";
import { gatewayProcesses, storeProcess, workerProcesses } from "../support/worker-processes.ts";
import { Figures } from "./figures.ts";
import {
  clientsOfBoth,
  endWorkers,
  errorsIn,
  heard,
  live,
  newFolder,
  type Started,
  say,
  signIn,
  startWorkers,
} from "./workers-stage.ts";

/** For PostgreSQL, Redis and the processes, on a machine that is busy. Milliseconds. */
const WITHIN = 60_000;

afterEach(endWorkers);

const pidsOf = ({ server }: Started) => workerProcesses(server.pid).map(({ pid }) => pid);

/** What `/readyz` names as degraded, at each of some connections. */
async function degradedOf({ server }: Started): Promise<Set<string>> {
  const found = new Set<string>();
  for (let n = 0; n < 12; n++) {
    const answer = await fetch(`${server.url}/readyz`, { headers: { connection: "close" } });
    expect(answer.status).toBe(200);
    found.add(((await answer.json()) as { degraded?: string[] }).degraded?.join() ?? "");
  }
  return found;
}

describe.skipIf(!findPostgres() || redisServer === undefined)(
  "--workers with DATABASE_URL and REDIS_URL",
  () => {
    let postgres: ThrowawayPostgres;
    let redis: TestRedis;
    beforeAll(async () => {
      postgres = await startPostgres();
      redis = await startRedis();
    }, WITHIN);
    afterAll(async () => {
      await redis?.end();
      await postgres?.discard();
    }, WITHIN);

    const startHere = () => startWorkers({ DATABASE_URL: postgres.newUrl(), REDIS_URL: redis.url });

    test(
      "P1 P2 two workers without a store process are one chat, before and after kill -9 of one of them",
      async () => {
        const started = await startHere();
        const { server, port, dataDir } = started;
        expect(workerProcesses(server.pid).map(({ role }) => role.kind)).toEqual(["gateway", "gateway"]);
        const clients = await clientsOfBoth(started);
        for (const [index, client] of clients.entries()) await say(client, `${index}`);
        for (const [index] of clients.entries()) await heard(clients, `${index}`);
        const figures = await Figures.read(server.url);
        const sent = { kind: "send_message", outcome: "ok" };
        expect(figures.get("parley_commands_total", sent)).toBe(clients.length);
        expect(figures.get("parley_connections", { phase: "live" })).toBe(clients.length);
        for (const name of ["parley_ready", "parley_bus_connected"]) expect(figures.get(name)).toBe(1);
        for (const worker of ["1", "2"]) expect(figures.get("parley_worker_up", { worker })).toBe(1);
        expect(figures.get("parley_worker_up", { worker: "store" })).toBeUndefined();

        const [first] = gatewayProcesses(server.pid);
        const worker = first?.role.name ?? "";
        const closed = new Set<WireClient>();
        for (const client of clients) void client.closed.then(() => closed.add(client));
        const before = live(figures, worker);
        process.kill(first?.pid ?? 0, "SIGKILL");
        await until(10_000, "its sockets are closed", () => closed.size === before || undefined);
        const others = clients.filter((client) => !closed.has(client));
        for (const client of others) expect(await say(client, "still here")).toHaveProperty("events");
        await until(20_000, "it is started again", async () => {
          const now = await Figures.read(server.url);
          return (
            (now.get("parley_worker_up", { worker }) === 1 &&
              now.get("parley_worker_restarts_total", { worker }) === 1) ||
            undefined
          );
        });
        const back = [...closed].map(({ token }) => new WireClient({ port }, token));
        for (const client of back) await signIn(client);
        for (const [index, client] of [...others, ...back].entries()) await say(client, `again ${index}`);
        for (const [index] of clients.entries()) await heard([...others, ...back], `again ${index}`);

        const pids = pidsOf(started);
        expect(await server.stop()).toBe(true);
        for (const client of [...others, ...back]) expect((await client.closed).code).toBe(1012);
        expect(pids.filter((pid) => existsSync(`/proc/${pid}`))).toEqual([]);
        expect(existsSync(join(dataDir, "parley.db.sock"))).toBe(false);
        expect(errorsIn(started)).toEqual([]);
      },
      WITHIN,
    );

    test(
      "SIGUSR2 replaces both, and no connection is refused",
      async () => {
        const started = await startHere();
        const { server } = started;
        const before = pidsOf(started);
        let isDone = false;
        const connecting = (async () => {
          while (!isDone) await degradedOf(started);
        })();
        process.kill(server.pid, "SIGUSR2");
        await until(30_000, "both are replaced", () => {
          const now = pidsOf(started);
          return (now.length === 2 && now.every((pid) => !before.includes(pid))) || undefined;
        });
        isDone = true;
        await connecting;
        const clients = await clientsOfBoth(started);
        for (const [index, client] of clients.entries()) await say(client, `after ${index}`);
        for (const [index] of clients.entries()) await heard(clients, `after ${index}`);
        expect(errorsIn(started)).toEqual([]);
      },
      WITHIN,
    );

    test(
      "P2 without Redis messages cross, and the whole server reports it",
      async () => {
        const started = await startHere();
        const clients = await clientsOfBoth(started);
        await redis.kill();
        await until(10_000, "all workers report it", async () =>
          [...(await degradedOf(started))].join() === "redis_unreachable" ? true : undefined,
        );
        expect((await Figures.read(started.server.url)).get("parley_bus_connected")).toBe(0);
        for (const [index, client] of clients.entries()) await say(client, `without ${index}`);
        for (const [index] of clients.entries()) await heard(clients, `without ${index}`);
        await redis.restart();
        await until(20_000, "all workers reach it again", async () =>
          [...(await degradedOf(started))].join() === "" ? true : undefined,
        );
      },
      WITHIN,
    );
  },
);

describe.skipIf(!findPostgres())("--workers with DATABASE_URL alone", () => {
  let postgres: ThrowawayPostgres;
  beforeAll(async () => {
    postgres = await startPostgres();
  }, WITHIN);
  afterAll(() => postgres?.discard(), WITHIN);

  test("P1 one store process uses PostgreSQL, and a kill -9 of it ends no socket", async () => {
    const started = await startWorkers({ DATABASE_URL: postgres.newUrl() });
    const { server } = started;
    const clients = await clientsOfBoth(started);
    const store = storeProcess(server.pid);
    expect(store?.role.kind).toBe("store");
    process.kill(store?.pid ?? 0, "SIGKILL");
    const answers = await Promise.all(clients.map((client, n) => say(client, `${n}`)));
    for (const answer of answers) expect(answer).toHaveProperty("events");
    for (const [n] of clients.entries()) await heard(clients, `${n}`);
    const figures = await Figures.read(server.url);
    expect(figures.get("parley_connections", { phase: "live" })).toBe(clients.length);
    expect(await server.stop()).toBe(true);
  });
});

test("--workers with REDIS_URL and without DATABASE_URL is refused", async () => {
  const said = await start(["--workers", "2", "--port", "0", "--data-dir", join(newFolder(), "data")], {
    env: { REDIS_URL: "redis://127.0.0.1:1" },
  });
  expect(said.err).toContain("Remove REDIS_URL, or move the store to PostgreSQL.");
  expect(said.code).toBe(1);
});
