import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { redisServer, startRedis, type TestRedis } from "../support/redis.ts";
import { WireClient } from "../support/test-server.ts";
import { startNodes, type TestNode, type TestNodes } from "./nodes.ts";

const GRACE = 200;

describe.skipIf(redisServer === undefined)("presence over several servers", () => {
  let redis: TestRedis;
  let all: TestNodes;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterEach(() => all.end());
  afterAll(() => redis.end());

  async function join(node: TestNode, name: string) {
    const client = new WireClient(node);
    const { user } = await client.join(name);
    await client.send({ type: "watch", rooms: ["lobby"] });
    await client.next("presence", ({ whole }) => whole === true);
    return { client, id: user.id };
  }

  /** The presence of the lobby as this client has it now: the frames that it received, applied. */
  function presenceOf(client: WireClient): { online: Set<string>; unknown: boolean } {
    const state = { online: new Set<string>(), unknown: false };
    for (const frame of client.frames) {
      if (frame.type !== "presence") continue;
      if (frame.whole) Object.assign(state, { online: new Set<string>(), unknown: frame.unknown === true });
      for (const user of frame.online) state.online.add(user);
      for (const user of frame.offline) state.online.delete(user);
    }
    return state;
  }

  async function until(
    client: WireClient,
    holds: (state: ReturnType<typeof presenceOf>) => boolean,
  ): Promise<void> {
    while (!holds(presenceOf(client))) await client.next("presence");
  }

  test("SG-3 a user of one server is online at all, also at one that starts later", async () => {
    all = await startNodes(2, redis.url, { seams: { presenceGrace: GRACE } });
    await all.connected();
    const [one, two] = all.nodes as readonly [TestNode, TestNode];
    const ada = await join(one, "Ada");
    const bim = await join(two, "Bim");
    await until(ada.client, ({ online }) => online.has(bim.id));
    await until(bim.client, ({ online }) => online.has(ada.id));
    const cleo = await join(await all.add(), "Cleo");
    await until(cleo.client, ({ online }) => online.size === 3);
    bim.client.close();
    for (const { client } of [ada, cleo]) await until(client, ({ online }) => !online.has(bim.id));
    expect(presenceOf(cleo.client)).toEqual({ online: new Set([ada.id, cleo.id]), unknown: false });
  });

  test("SG-3 a server that ends without a word takes its users with it, and no others", async () => {
    all = await startNodes(2, redis.url);
    await all.connected();
    const [one, two] = all.nodes as readonly [TestNode, TestNode];
    const ada = await join(one, "Ada");
    const bim = await join(two, "Bim");
    await until(bim.client, ({ online }) => online.has(ada.id));
    // From here on it neither sends nor renews its lease.
    await one.bus.close();
    await until(bim.client, ({ online }) => !online.has(ada.id));
    expect([...presenceOf(bim.client).online]).toEqual([bim.id]);
  }, 40_000);

  test("SG-6 SG-8 typing and receipts cross servers", async () => {
    all = await startNodes(2, redis.url);
    await all.connected();
    const [one, two] = all.nodes as readonly [TestNode, TestNode];
    const ada = await join(one, "Ada");
    const bim = await join(two, "Bim");
    await bim.client.command({ kind: "send_message", room: "lobby", text: "read this" });
    await ada.client.event("lobby", ({ kind }) => kind === "message_sent");
    const { seq } = ada.client.events("lobby").at(-1) ?? { seq: 0 };
    await ada.client.send({ type: "typing", room: "lobby" });
    await bim.client.next("typing", ({ users }) => users.some(({ id }) => id === ada.id));
    await ada.client.send({ type: "read", room: "lobby", seq });
    await bim.client.next("receipts", ({ reads }) =>
      reads.some((read) => read.user === ada.id && read.seq === seq),
    );
  });

  test("SG-9 without Redis users of other servers become unknown, and are known again when it is back", async () => {
    const own = await startRedis();
    try {
      all = await startNodes(2, own.url);
      await all.connected();
      const [one, two] = all.nodes as readonly [TestNode, TestNode];
      const ada = await join(one, "Ada");
      const bim = await join(two, "Bim");
      const cleo = await join(two, "Cleo");
      await until(bim.client, ({ online }) => online.has(ada.id) && online.has(cleo.id));
      await own.kill();
      await until(bim.client, ({ unknown }) => unknown);
      expect([...presenceOf(bim.client).online].sort()).toEqual([bim.id, cleo.id].sort());
      const { token } = bim.client;
      const answer = await fetch(`${two.url}/api/v1/rooms/lobby/online`, {
        headers: { authorization: `Bearer ${token}` },
      });
      expect(await answer.json()).toMatchObject({ count: 2, unknown: true });
      await own.restart();
      await until(bim.client, ({ unknown, online }) => !unknown && online.has(ada.id));
      // Never shown as offline in between: the first whole after it names all.
      const known = bim.client.frames.findLast((frame) => frame.type === "presence" && frame.whole === true);
      expect(known).toMatchObject({ count: 3 });
    } finally {
      await own.end();
    }
  }, 60_000);
});
