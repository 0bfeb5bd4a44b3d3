import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { randomUUID } from "node:crypto";
import { busContract, EPOCH, textEvent, until } from "@parley/server/bus/contract/bus.contract.ts";
import { redisServer, startRedis, type TestRedis } from "../support/redis.ts";
import { connected, type OpenedBus, openRedisBus } from "./redis-buses.ts";

describe.skipIf(redisServer === undefined)("with Redis", () => {
  let redis: TestRedis;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.end());

  const open: OpenedBus[] = [];
  afterEach(async () => {
    for (const { bus } of open.splice(0)) await bus.close();
  });

  busContract("Redis", async (count, faults) => {
    const prefix = randomUUID();
    const all = Array.from({ length: count }, () => openRedisBus(redis.url, { prefix, faults }));
    const buses = all.map(({ bus }) => bus);
    await connected(...buses);
    return {
      buses,
      async end() {
        for (const bus of buses) await bus.close();
      },
    };
  });

  /** Two connected nodes; the second one follows the lobby. */
  async function pair(url = redis.url) {
    const prefix = randomUUID();
    const one = openRedisBus(url, { prefix });
    const two = openRedisBus(url, { prefix });
    open.push(one, two);
    await connected(one.bus, two.bus);
    two.bus.follow("lobby");
    const heard: number[] = [];
    two.bus.subscribe(({ events }) => heard.push(...events.map(({ seq }) => seq)));
    const publish = (seq: number) =>
      one.bus.publish({ epoch: EPOCH, feed: "lobby", events: [textEvent(seq)] });
    return { one, two, heard, publish };
  }

  test("connections that Redis ends are replaced: the node subscribes again, and reports a gap", async () => {
    const { one, two, heard, publish } = await pair();
    publish(1);
    await until(() => heard.length === 1);
    await redis.command("CLIENT", "KILL", "TYPE", "pubsub");
    await until(() => two.gaps.length === 2 && one.gaps.length === 2);
    publish(2);
    await until(() => heard.includes(2));
    // The other connection, which publishes.
    await redis.command("CLIENT", "KILL", "TYPE", "normal");
    await until(() => one.gaps.length === 3 && two.gaps.length === 3);
    publish(3);
    await until(() => heard.includes(3));
    expect(heard).toEqual([1, 2, 3]);
    expect([one.bus.counts.reconnects, two.bus.counts.reconnects]).toEqual([2, 2]);
    expect(two.gaps).toEqual(["reconnected", "reconnected", "reconnected"]);
  });

  test("Redis that is killed and started again needs no restart of a node", async () => {
    const own = await startRedis();
    try {
      const { one, two, heard, publish } = await pair(own.url);
      await own.kill();
      await until(() => two.bus.state() === "disconnected" && one.bus.state() === "disconnected");
      publish(1);
      await until(() => one.problems.at(-1) === "redis_unreachable");
      await own.restart();
      await connected(one.bus, two.bus);
      publish(2);
      await until(() => heard.length > 0);
      expect(heard).toEqual([2]);
      expect(one.bus.counts.unsent).toBe(1);
      expect(one.problems.at(-1)).toBe(null);
      expect(two.gaps).toEqual(["reconnected", "reconnected"]);
    } finally {
      await own.end();
    }
  });

  test("Redis that is stopped without closing is noticed by the watchdog, and used again when it goes on", async () => {
    const own = await startRedis();
    try {
      const { one, two, heard, publish } = await pair(own.url);
      own.freeze();
      publish(1);
      await until(() => one.bus.state() === "disconnected" && two.bus.state() === "disconnected");
      expect(two.gaps).toEqual(["reconnected", "silent"]);
      own.thaw();
      await connected(one.bus, two.bus);
      publish(2);
      await until(() => heard.includes(2));
      expect(two.gaps.slice(0, 3)).toEqual(["reconnected", "silent", "reconnected"]);
    } finally {
      await own.end();
    }
  }, 30_000);

  test("Redis that is stopped for long is connected to again and again, and memory for what is unsent is bounded", async () => {
    const own = await startRedis();
    try {
      const { one, two } = await pair(own.url);
      own.freeze();
      const long = textEvent(1, "x".repeat(200_000));
      for (let i = 0; i < 100; i++) {
        one.bus.publish({ epoch: EPOCH, feed: "lobby", events: [long] });
        await new Promise((resolve) => setImmediate(resolve));
      }
      expect(one.bus.counts.unsent).toBeGreaterThan(50);
      await until(() => one.problems.includes("redis_unreachable"));
      own.thaw();
      await connected(one.bus, two.bus);
    } finally {
      await own.end();
    }
  }, 30_000);

  test("nothing listens at the address: the bus works alone and goes on trying", async () => {
    const own = await startRedis();
    await own.kill();
    const late = openRedisBus(own.url);
    open.push(late);
    try {
      await until(() => late.problems.includes("redis_unreachable"));
      let heard = 0;
      late.bus.subscribe(() => void heard++);
      late.bus.publish({ epoch: EPOCH, feed: "lobby", events: [textEvent(1)] });
      expect([heard, late.bus.state()]).toEqual([1, "disconnected"]);
      await own.restart();
      await connected(late.bus);
      // The first connection too: feeds may have been followed before it.
      expect([late.gaps, late.bus.counts.reconnects]).toEqual([["reconnected"], 0]);
    } finally {
      await own.end();
    }
  });

  test("user and password of the URL are used; a wrong one and a missing permission have a clear name", async () => {
    const own = await startRedis([
      "--requirepass",
      "right",
      "--user",
      ..."reader on >pw ~* &* +@all -publish".split(" "),
    ]);
    const withLogin = (login: string) => own.url.replace("redis://", `redis://${login}@`);
    const [right, wrong, none, reader] = [
      openRedisBus(withLogin(":right")),
      openRedisBus(withLogin(":wrong")),
      openRedisBus(own.url),
      openRedisBus(withLogin("reader:pw")),
    ];
    open.push(right, wrong, none, reader);
    try {
      await connected(right.bus);
      await until(() => wrong.problems.length > 0 && none.problems.length > 0 && reader.problems.length > 1);
      expect([wrong.problems[0], none.problems[0]]).toEqual(["redis_login", "redis_login"]);
      expect(reader.problems).toContain("redis_permission");
      expect([wrong.bus.state(), none.bus.state(), reader.bus.state()]).toEqual(
        Array(3).fill("disconnected"),
      );
    } finally {
      await own.end();
    }
  });

  test("a Redis Cluster is refused", async () => {
    const own = await startRedis(["--cluster-enabled", "yes"]);
    const refused = openRedisBus(own.url);
    open.push(refused);
    try {
      await until(() => refused.problems.length > 0);
      expect([refused.problems, refused.bus.state()]).toEqual([["redis_cluster"], "disconnected"]);
    } finally {
      await own.end();
    }
  });
});
