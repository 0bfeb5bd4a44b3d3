import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { redisServer, startRedis, type TestRedis } from "../support/redis.ts";
import { newToken, WireClient } from "../support/test-server.ts";
import { startNodes, type TestNode, type TestNodes } from "./nodes.ts";

const STORED = { events: [{ feed: "lobby" }] };

describe.skipIf(redisServer === undefined)("one session a device over several servers", () => {
  let redis: TestRedis;
  let all: TestNodes;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterEach(() => all.end());
  afterAll(() => redis.end());

  async function setUp() {
    all = await startNodes(3, redis.url);
    await all.connected();
    const token = newToken();
    const device = "phone";
    return (index: number, name?: string) => {
      const client = new WireClient(all.nodes[index] as TestNode, token);
      client.device = device;
      return { client, joined: client.join(name) };
    };
  }

  test("HS-10 a hello at another server ends the older session, although it sends nothing", async () => {
    const open = await setUp();
    const first = open(0, "Ada");
    await first.joined;
    let older = first.client;
    for (let i = 1; i < 9; i++) {
      const next = open(i % 3);
      await next.joined;
      expect(await older.closed).toMatchObject({ code: 4409 });
      older = next.client;
    }
    expect(await older.command({ kind: "send_message", room: "lobby", text: "here" })).toMatchObject({
      ...STORED,
    });
    older.close();
  });

  test("HS-10 of many that say hello at once one stays, and its commands are taken", async () => {
    const open = await setUp();
    await open(0, "Ada").joined;
    const sockets = Array.from({ length: 12 }, (_, i) => open(i % 3).client);
    const codes: number[] = [];
    for (const { closed } of sockets) void closed.then(({ code }) => codes.push(code));
    while (codes.length < 11) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(codes).toEqual(Array(11).fill(4409));
    const open12 = await Promise.all(
      sockets.map((client) =>
        Promise.race([client.closed.then(() => null), client.settled().then(() => client)]),
      ),
    );
    const [last, ...more] = open12.filter((client) => client !== null);
    expect(more).toEqual([]);
    expect(await last?.command({ kind: "send_message", room: "lobby", text: "here" })).toMatchObject({
      ...STORED,
    });
  });
});
