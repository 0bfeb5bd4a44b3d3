import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { randomUUID } from "node:crypto";
import { findPostgres, throwawayPostgres } from "@parley/server/testing/throwaway-postgres.ts";
import { redisServer, startRedis, type TestRedis } from "../support/redis.ts";
import { newToken, startTestServer, type TestServer, WireClient } from "../support/test-server.ts";

/** As operators run it: nothing is put between the parts. */
describe.skipIf(redisServer === undefined || !findPostgres())("two servers with PostgreSQL and Redis", () => {
  let redis: TestRedis;
  let servers: TestServer[] = [];
  beforeAll(async () => {
    redis = await startRedis();
    const database = (await throwawayPostgres()).newUrl();
    const flags = ["--database-url", database, "--redis-url", redis.url, "--redis-prefix", randomUUID()];
    servers = await Promise.all([startTestServer(flags), startTestServer(flags)]);
  }, 60_000);
  afterAll(async () => {
    await Promise.all(servers.map((server) => server.end()));
    await redis.end();
  }, 60_000);

  const [one, two] = [() => servers[0] as TestServer, () => servers[1] as TestServer];
  const say = (client: WireClient, text: string) =>
    client.command({ kind: "send_message", room: "lobby", text });
  const hears = (client: WireClient, text: string) =>
    client.event("lobby", (event) => event.kind === "message_sent" && event.text === text);

  test("P1 P2 messages of both reach the clients of both in one order, with Redis and without", async () => {
    const [ada, bim] = [new WireClient(one()), new WireClient(two())];
    await Promise.all([ada.join("Ada"), bim.join("Bim")]);
    for (let i = 0; i < 20; i++) await Promise.all([say(ada, `a ${i}`), say(bim, `b ${i}`)]);
    await redis.kill();
    for (let i = 20; i < 30; i++) await Promise.all([say(ada, `a ${i}`), say(bim, `b ${i}`)]);
    await say(ada, "end");
    for (const client of [ada, bim]) await hears(client, "end");
    // Each begins where it was when its client joined.
    const begin = Math.max(...[ada, bim].map((client) => client.events("lobby")[0]?.seq ?? 0));
    const heard = (client: WireClient) =>
      client.events("lobby").flatMap(({ seq, id }) => (seq < begin ? [] : [[seq, id]]));
    expect(heard(ada).length).toBeGreaterThan(55);
    expect(heard(bim)).toEqual(heard(ada));
    await redis.restart();
    for (const { url } of servers) {
      while ((await (await fetch(`${url}/readyz`)).text()) !== '{"ready":true}') await Bun.sleep(10);
    }
    await say(bim, "after");
    await hears(ada, "after");
    for (const client of [ada, bim]) client.close();
  }, 60_000);

  test("P5 HS-10 a device that comes to the other server ends its session here", async () => {
    const token = newToken();
    const [old, young] = [new WireClient(one(), token), new WireClient(two(), token)];
    young.device = old.device;
    await old.join("Cleo");
    await say(old, "first");
    await young.join();
    expect(await old.closed).toMatchObject({ code: 4409 });
    expect(await say(young, "second")).toMatchObject({ events: [{ feed: "lobby" }] });
    young.close();
  }, 60_000);
});
