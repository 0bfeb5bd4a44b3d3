import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type FeedEvent, LOBBY, type Page } from "@parley/protocol";
import { Cluster, type ClusterNode, hasCluster } from "../support/node-cluster.ts";
import { newNonce, WireClient } from "../support/test-server.ts";

/** For PostgreSQL, Redis and the nodes, on a machine that is busy. Milliseconds. */
const STARTS_WITHIN = 60_000;

/** Two real processes over one PostgreSQL and one Redis, in the order of the tests. */
describe.skipIf(!hasCluster)("two processes over PostgreSQL and Redis", () => {
  const folder = mkdtempSync(join(tmpdir(), "parley-processes-"));
  let cluster: Cluster;
  let one: ClusterNode;
  let two: ClusterNode;
  beforeAll(async () => {
    cluster = await Cluster.start({ nodes: 2, folder });
    [one, two] = cluster.nodes as [ClusterNode, ClusterNode];
  }, STARTS_WITHIN);
  afterAll(async () => {
    await cluster?.end();
    rmSync(folder, { recursive: true, force: true });
  });

  async function joinAt(node: ClusterNode, name: string): Promise<WireClient> {
    const client = new WireClient(node);
    await client.join(name);
    await client.command({ kind: "join_room", room: LOBBY });
    return client;
  }

  const say = (client: WireClient, text: string) =>
    client.command({ kind: "send_message", room: LOBBY, text });
  const has = (text: string) => (event: FeedEvent) => event.kind === "message_sent" && event.text === text;
  const textsOf = (client: WireClient) =>
    client.events(LOBBY).flatMap((event) => (event.kind === "message_sent" ? [event.text] : []));
  const idOf = (client: WireClient, text: string) => client.events(LOBBY).find(has(text))?.id ?? "";

  async function pageAt(node: ClusterNode, { token }: WireClient): Promise<Page> {
    const answer = await fetch(`${node.url}/api/v1/rooms/${LOBBY}/messages?limit=50`, {
      headers: { authorization: `Bearer ${token}` },
    });
    return (await answer.json()) as Page;
  }

  test("P1 P2 users of both talk in one order, and history is the same at both", async () => {
    const [ada, bim] = [await joinAt(one, "Ada"), await joinAt(two, "Bim")];
    for (let i = 0; i < 20; i++) await Promise.all([say(ada, `a ${i}`), say(bim, `b ${i}`)]);
    await say(bim, "end of talk");
    for (const client of [ada, bim]) await client.event(LOBBY, has("end of talk"));
    const texts = textsOf(ada).slice(-41);
    expect(textsOf(bim)).toEqual(texts);
    expect(new Set(texts).size).toBe(41);
    for (const node of [one, two])
      for (const client of [ada, bim])
        expect((await pageAt(node, client)).messages.map(({ text }) => text)).toEqual(texts);
    for (const client of [ada, bim]) client.close();
  });

  test("P1 a nonce that is sent to both at once is stored once", async () => {
    const ada = await joinAt(one, "Twin");
    const again = new WireClient(two, ada.token);
    await again.join();
    await again.next("feeds", ({ feeds }) =>
      feeds.some(({ feed, state }) => feed === LOBBY && state === "live"),
    );
    for (let i = 0; i < 20; i++) {
      const nonce = newNonce();
      const body = { kind: "send_message", room: LOBBY, text: `twin ${i}` } as const;
      const [first, second] = await Promise.all([ada.command(body, nonce), again.command(body, nonce)]);
      expect(first).toHaveProperty("events");
      expect((second as { events: unknown }).events).toEqual((first as { events: unknown }).events);
    }
    await say(ada, "end of twins");
    await again.event(LOBBY, has("end of twins"));
    const twins = Array.from({ length: 20 }, (_, i) => `twin ${i}`);
    expect(textsOf(again).filter((text) => text.startsWith("twin"))).toEqual(twins);
    for (const client of [ada, again]) client.close();
  });

  test("SG-3 a user of one is online at the other, until it is gone", async () => {
    const [ada, bim] = [await joinAt(one, "Ada Online"), await joinAt(two, "Bim Online")];
    const { user } = await (async () => {
      const welcome = ada.frames.find((frame) => frame.type === "welcome");
      if (welcome?.type !== "welcome") throw new Error("no welcome");
      return welcome;
    })();
    await bim.send({ type: "watch", rooms: [LOBBY] });
    const online = () =>
      bim.frames.some((frame) => frame.type === "presence" && frame.online.includes(user.id));
    while (!online()) await bim.next("presence");
    ada.close();
    await bim.next("presence", ({ offline }) => offline.includes(user.id));
    bim.close();
  });

  test("P2 a client resumes at the other node, and misses nothing", async () => {
    const [ada, bim] = [await joinAt(one, "Ada Resumes"), await joinAt(two, "Bim Stays")];
    await say(bim, "before");
    await ada.event(LOBBY, has("before"));
    const last = ada.events(LOBBY).at(-1);
    ada.close();
    await ada.closed;
    for (let i = 0; i < 5; i++) await say(bim, `missed ${i}`);
    const back = new WireClient(two, ada.token);
    const { epoch, feeds } = await back.hello();
    await back.resume(
      epoch,
      feeds.map(({ feed }) => (feed === LOBBY && last ? { feed, seq: last.seq, id: last.id } : { feed })),
    );
    await back.event(LOBBY, has("missed 4"));
    expect(textsOf(back)).toEqual([0, 1, 2, 3, 4].map((i) => `missed ${i}`));
    for (const client of [back, bim]) client.close();
  });

  test("P2 an edit and a reaction from the other node reach both", async () => {
    const [ada, bim] = [await joinAt(one, "Ada Edits"), await joinAt(two, "Bim Reacts")];
    await say(ada, "edit me");
    for (const client of [ada, bim]) await client.event(LOBBY, has("edit me"));
    const message = idOf(ada, "edit me");
    const elsewhere = new WireClient(two, ada.token);
    await elsewhere.join();
    await elsewhere.command({ kind: "edit_message", room: LOBBY, message, text: "edited" });
    await bim.command({ kind: "add_reaction", room: LOBBY, message, emoji: "👍" });
    for (const client of [ada, bim, elsewhere]) {
      await client.event(LOBBY, (event) => event.kind === "message_edited" && event.text === "edited");
      await client.event(LOBBY, ({ kind }) => kind === "reaction_added");
    }
    for (const node of [one, two])
      expect((await pageAt(node, bim)).messages.find(({ id }) => id === message)).toMatchObject({
        text: "edited",
        reactions: [{ emoji: "👍", count: 1 }],
      });
    for (const client of [ada, bim, elsewhere]) client.close();
  });

  test("P1 P2 messages cross without Redis, and when it is back no node is restarted", async () => {
    const [ada, bim] = [await joinAt(one, "Ada Alone"), await joinAt(two, "Bim Alone")];
    const pids = cluster.nodes.map(({ pid }) => pid);
    await cluster.redis.kill();
    for (let i = 0; i < 5; i++) {
      await Promise.all([say(ada, `without a ${i}`), say(bim, `without b ${i}`)]);
      await ada.event(LOBBY, has(`without b ${i}`));
      await bim.event(LOBBY, has(`without a ${i}`));
    }
    expect(await one.degraded()).toEqual(["redis_unreachable"]);
    await cluster.redis.restart();
    await cluster.connected();
    await say(ada, "with Redis");
    await bim.event(LOBBY, has("with Redis"));
    await ada.event(LOBBY, has("with Redis"));
    expect(textsOf(bim)).toEqual(textsOf(ada).slice(-textsOf(bim).length));
    expect(cluster.nodes.map(({ pid }) => pid)).toEqual(pids);
    for (const client of [ada, bim]) client.close();
  });

  test("P1 kill -9 of one node loses nothing that it acknowledged", async () => {
    const [ada, bim] = [await joinAt(one, "Ada Killed"), await joinAt(two, "Bim Witness")];
    const acked: string[] = [];
    const ended = ada.closed;
    const sending = (async () => {
      for (let i = 0; ; i++) {
        const answer = await Promise.race([say(ada, `kill ${i}`), ended]);
        if (!("events" in answer)) return;
        acked.push(`kill ${i}`);
      }
    })();
    await bim.event(LOBBY, has("kill 20"));
    await one.kill();
    await sending;
    await say(bim, "after the kill");
    await bim.event(LOBBY, has("after the kill"));
    const texts = textsOf(bim).filter((text) => text.startsWith("kill"));
    expect(texts.slice(0, acked.length)).toEqual(acked);
    await one.start();
    const back = await joinAt(one, "Ada Back");
    await say(bim, "to the new one");
    await back.event(LOBBY, has("to the new one"));
    for (const client of [back, bim]) client.close();
  });
});
