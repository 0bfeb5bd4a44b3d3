import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { redisServer, startRedis, type TestRedis } from "../support/redis.ts";
import type { WireClient as Client } from "../support/test-server.ts";
import { METRICS_TOKEN, startTestServer, WireClient } from "../support/test-server.ts";
import { startNodes, type TestNode, type TestNodes } from "./nodes.ts";

type Readiness = { ready: boolean; degraded?: string[] };
const readiness = async ({ url }: { url: string }) =>
  (await (await fetch(`${url}/readyz`)).json()) as Readiness;

describe.skipIf(redisServer === undefined)("two servers over one store", () => {
  let redis: TestRedis;
  let all: TestNodes;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterEach(() => all.end());
  afterAll(() => redis.end());

  /** A client at each of two nodes, both in the lobby. */
  async function setUp(url = redis.url) {
    all = await startNodes(2, url);
    await all.connected();
    const [one, two] = all.nodes as readonly [TestNode, TestNode];
    const [ada, bim] = [new WireClient(one), new WireClient(two)];
    await ada.join("Ada");
    await bim.join("Bim");
    return { one, two, ada, bim };
  }

  const say = (client: Client, text: string) => client.command({ kind: "send_message", room: "lobby", text });
  /** The texts that the client received so far, once `last` is among them. */
  async function texts(client: Client, last: string): Promise<string[]> {
    const found = () =>
      client.frames.flatMap((frame) =>
        frame.type === "events" && frame.feed === "lobby"
          ? frame.events.flatMap((event) => (event.kind === "message_sent" ? [event.text] : []))
          : [],
      );
    while (!found().includes(last)) await client.next("events");
    return found();
  }

  test("P1 P2 messages of both nodes reach the clients of both, in one order, each once", async () => {
    const { ada, bim, one } = await setUp();
    for (let i = 0; i < 50; i++) await Promise.all([say(ada, `a ${i}`), say(bim, `b ${i}`)]);
    await say(ada, "end");
    const [first, second] = [await texts(ada, "end"), await texts(bim, "end")];
    expect(second).toEqual(first);
    expect(first.length).toBe(101);
    const metrics = await fetch(`${one.url}/metrics`, {
      headers: { authorization: `Bearer ${METRICS_TOKEN}` },
    });
    const lines = await metrics.text();
    expect(lines).toMatch(/parley_bus_messages_total\{kind="received"\} [1-9]/);
    expect(lines).toContain("parley_bus_connected 1");
    expect(await readiness(one)).toEqual({ ready: true });
  });

  test("P1 P2 while Redis is gone messages are acknowledged and delivered, and when it is back nothing is restarted", async () => {
    const own = await startRedis();
    try {
      const { one, two, ada, bim } = await setUp(own.url);
      await say(ada, "before");
      await texts(bim, "before");
      await own.kill();
      await say(ada, "without");
      await texts(bim, "without");
      expect(await readiness(one)).toEqual({ ready: true, degraded: ["redis_unreachable"] });
      await own.restart();
      await all.connected();
      expect([await readiness(one), await readiness(two)]).toEqual(Array(2).fill({ ready: true }));
      await say(bim, "after");
      expect(await texts(ada, "after")).toEqual(["before", "without", "after"]);
      expect(await texts(bim, "after")).toEqual(["before", "without", "after"]);
    } finally {
      await own.end();
    }
  });

  test("P1 P2 while Redis is stopped without closing anything messages are acknowledged and delivered", async () => {
    const own = await startRedis();
    try {
      const { ada, bim } = await setUp(own.url);
      own.freeze();
      // The first one before the watchdog has noticed: the sweep of each second.
      await say(ada, "at once");
      await texts(bim, "at once");
      for (let i = 0; i < 20; i++) await say(ada, `later ${i}`);
      expect((await texts(bim, "later 19")).length).toBe(21);
      own.thaw();
      await all.connected();
    } finally {
      await own.end();
    }
  }, 30_000);

  test("P2 a subscriber that Redis cut off misses nothing", async () => {
    const { ada, bim } = await setUp();
    for (let i = 0; i < 10; i++) {
      await redis.command("CLIENT", "KILL", "TYPE", "pubsub");
      await Promise.all([say(ada, `a ${i}`), say(bim, `b ${i}`)]);
    }
    await say(bim, "end");
    expect(await texts(ada, "end")).toEqual(await texts(bim, "end"));
  });

  test("a server starts while Redis cannot be reached, and says what is wrong", async () => {
    const own = await startRedis(["--requirepass", "secret"]);
    try {
      all = await startNodes(1, own.url.replace("redis://", "redis://:wrong@"));
      const [node] = all.nodes as readonly [TestNode];
      expect(await readiness(node)).toEqual({ ready: true, degraded: ["redis_login"] });
      const client = new WireClient(node);
      await client.join("Ada");
      await say(client, "alone");
      await texts(client, "alone");
    } finally {
      await own.end();
    }
  });

  test("a Redis Cluster, and a store of one process, are refused at the start", async () => {
    all = await startNodes(0, redis.url);
    const cluster = await startRedis(["--cluster-enabled", "yes"]);
    try {
      await expect(all.add(["--redis-url", cluster.url])).rejects.toThrow(
        "a Redis Cluster, which is not supported",
      );
      await expect(startTestServer(["--redis-url", redis.url])).rejects.toThrow("belongs to one process");
    } finally {
      await cluster.end();
    }
  });

  test("servers of another store with the same prefix are reported, and their messages ignored", async () => {
    const { one, ada } = await setUp();
    const other = await startNodes(0, redis.url);
    try {
      const stray = await other.add(["--redis-prefix", all.prefix]);
      const client = new WireClient(stray);
      await client.join("Cleo");
      await say(client, "stray");
      while ((await readiness(one)).degraded === undefined) await Bun.sleep(5);
      expect((await readiness(one)).degraded).toEqual(["redis_shared"]);
      await say(ada, "ours");
      expect(await texts(ada, "ours")).toEqual(["ours"]);
    } finally {
      await other.end();
    }
  });
});
