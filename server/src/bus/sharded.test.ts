import { afterEach, describe, expect, test } from "bun:test";
import type { Bus } from "./bus.ts";
import { busContract, EPOCH, textEvent, until } from "./contract/bus.contract.ts";
import { faultyTransport } from "./contract/faulty-transport.ts";
import { LocalNetwork } from "./contract/local-network.ts";
import { ShardedBus } from "./sharded.ts";
import { SHARDS, shardOf } from "./shards.ts";

let nodes = 0;

function openOne(
  network: LocalNetwork,
  wrap = (real: ReturnType<LocalNetwork["transport"]>) => real,
  epoch = EPOCH,
) {
  const clock = { now: 0, tick: () => {}, nodes: (_count: number) => {} };
  const errors: unknown[] = [];
  const foreign: string[] = [];
  const real = network.transport();
  const bus = new ShardedBus({
    node: `node-${++nodes}`,
    epoch,
    transport: wrap(real),
    now: () => clock.now,
    every(milliseconds, run) {
      if (milliseconds < 1_000) clock.tick = run;
      return () => {};
    },
    leases: {
      open: (changed) => {
        clock.nodes = (count) => changed(new Set(Array.from({ length: count }, (_, i) => `live-${i}`)));
      },
      renew: async () => {},
      close() {},
    },
    onError: (error) => errors.push(error),
    onForeignEpoch: (node) => foreign.push(node),
  });
  const gaps: string[] = [];
  bus.onGap(({ reason }) => gaps.push(reason));
  return { bus, clock, errors, foreign, real, gaps };
}

const open: Bus[] = [];
afterEach(async () => {
  for (const bus of open.splice(0)) await bus.close();
});

async function setUp(count: number, epoch?: string) {
  const network = new LocalNetwork();
  const all = Array.from({ length: count }, () => openOne(network, undefined, epoch));
  open.push(...all.map(({ bus }) => bus));
  await until(() => all.every(({ bus }) => bus.state() === "connected"));
  return { network, all: all as [(typeof all)[0], ...typeof all] };
}

function busesOf(all: readonly { readonly bus: Bus }[]): [Bus, Bus] {
  return [(all[0] as { bus: Bus }).bus, (all[1] as { bus: Bus }).bus];
}

busContract("a network in the process", async (count, faults) => {
  const network = new LocalNetwork();
  const buses = Array.from(
    { length: count },
    () => openOne(network, (real) => (faults ? { ...real, ...faultyTransport(real, faults) } : real)).bus,
  );
  await until(() => buses.every((bus) => bus.state() === "connected"));
  return {
    buses,
    async end() {
      for (const bus of buses) await bus.close();
    },
  };
});

describe("what a bus sends", () => {
  test("a turn of the loop is one message a shard, and never waits for the next", async () => {
    const { all } = await setUp(2);
    const [one, two] = busesOf(all);
    const feeds = Array.from({ length: 500 }, (_, i) => `room-${i}`);
    let heard = 0;
    for (const feed of feeds) two.follow(feed);
    two.subscribe(() => void heard++);
    for (const feed of feeds) one.publish({ epoch: EPOCH, feed, events: [textEvent(1), textEvent(2)] });
    await until(() => heard === feeds.length);
    expect(new Set(feeds.map(shardOf)).size).toBe(SHARDS);
    expect([one.counts.sent, two.counts.received]).toEqual([SHARDS, SHARDS]);
  });

  test("a message does not grow without bound", async () => {
    const { all } = await setUp(2);
    const [one, two] = busesOf(all);
    two.follow("lobby");
    let heard = 0;
    two.subscribe(() => void heard++);
    for (let seq = 1; seq <= 10; seq++)
      one.publish({ epoch: EPOCH, feed: "lobby", events: [textEvent(seq, "x".repeat(100_000))] });
    await until(() => heard === 10);
    expect(one.counts.sent).toBe(4);
  });

  test("while it is not connected messages are dropped and counted, and the next one shows the hole", async () => {
    const { all } = await setUp(2);
    const [one, two] = all;
    two?.bus.follow("lobby");
    const heard: number[] = [];
    two?.bus.subscribe(({ events }) => heard.push(...events.map(({ seq }) => seq)));
    const publish = (seq: number) =>
      one.bus.publish({ epoch: EPOCH, feed: "lobby", events: [textEvent(seq)] });
    publish(1);
    await until(() => heard.length === 1);
    one.real.cut();
    publish(2);
    await until(() => one.bus.counts.unsent === 1);
    one.real.join();
    publish(3);
    await until(() => heard.includes(3));
    expect(two?.gaps).toEqual(["reconnected", "hole"]);
    await until(() => one.gaps.length === 2);
    expect([one.gaps, one.bus.counts.reconnects]).toEqual([["reconnected", "reconnected"], 1]);
  });
});

describe("the state of a bus", () => {
  test("a bus that does not hear itself is not connected, reports a gap, and asks for another connection", async () => {
    const { all } = await setUp(1);
    const [{ bus, clock, gaps, real }] = all;
    const states: string[] = [];
    bus.onState((state) => states.push(state));
    let replaced = 0;
    real.reconnect = () => void replaced++;
    real.send = () => true;
    clock.now = 2_000;
    clock.tick();
    expect(bus.state()).toBe("connected");
    clock.now = 2_001;
    clock.tick();
    clock.now = 4_000;
    clock.tick();
    expect([bus.state(), states, gaps, replaced]).toEqual([
      "disconnected",
      ["disconnected"],
      ["reconnected", "silent"],
      0,
    ]);
    clock.now = 4_001;
    clock.tick();
    clock.now = 8_001;
    clock.tick();
    expect(replaced).toBe(1);
    clock.now = 8_002;
    clock.tick();
    expect(replaced).toBe(2);
  });

  test("few nodes hear every shard; many only those of feeds that they follow, and a new one is a gap of that shard", async () => {
    const { all } = await setUp(2);
    const [one, two] = all as [(typeof all)[0], (typeof all)[0]];
    const heard: string[] = [];
    two.bus.subscribe(({ feed }) => heard.push(feed));
    two.bus.follow("first");
    const send = (feed: string) => one.bus.publish({ epoch: EPOCH, feed, events: [textEvent(1)] });
    send("first");
    send("second");
    await until(() => heard.length > 0);
    expect([heard, two.bus.counts.received]).toEqual([["first"], 2]);
    two.clock.nodes(9);
    send("first");
    send("second");
    await until(() => heard.length === 2);
    expect([heard, two.bus.counts.received]).toEqual([["first", "first"], 3]);
    const concerned: boolean[] = [];
    two.bus.onGap(({ concerns }) => concerned.push(concerns("second"), concerns("first")));
    two.bus.follow("second");
    await until(() => two.gaps.includes("followed"));
    expect(concerned).toEqual([true, false]);
    two.bus.unfollow("first");
    send("second");
    send("first");
    await until(() => heard.length === 3);
    expect([heard.at(-1), two.bus.counts.received]).toEqual(["second", 4]);
    two.clock.nodes(8);
    await until(() => two.gaps.length > 2);
    send("first");
    await until(() => two.bus.counts.received === 5);
    expect(two.gaps).not.toContain("hole");
  });
});

test("a message that cannot be read is refused, reported, and a gap", async () => {
  const { network, all } = await setUp(1);
  const [{ bus, errors, gaps }] = all;
  bus.follow("lobby");
  const heard: unknown[] = [];
  bus.subscribe((message) => heard.push(message));
  const sender = network.transport();
  sender.open({ up() {}, down() {}, listening() {}, message() {} });
  await new Promise((resolve) => setImmediate(resolve));
  const head = `1 ${EPOCH} other`;
  const bad = [
    "",
    "\n",
    "0 old\n",
    `${head} x\n`,
    `${head} 1`,
    `${head} 1\nE lobby 1 5\n`,
    `${head} 2\nE lobby 2 6\n1 a b\n`,
    `${head} 3\nE lobby 1 99999999\n1 a b c\n`,
    `${head} 4\nE lobby -1 0\n`,
    `${head} 5\nS {\n`,
    `${head} 6\nX\n`,
  ];
  sender.send(bad.map((text) => ({ channel: `s${shardOf("lobby")}`, text })));
  await until(() => bus.counts.refused === bad.length);
  expect([heard, errors.length, gaps.filter((reason) => reason === "hole").length]).toEqual([
    [],
    bad.length,
    bad.length,
  ]);
});

test("servers of another store on the same channels are ignored, and reported", async () => {
  const network = new LocalNetwork();
  const ours = openOne(network);
  const theirs = openOne(network, undefined, "another");
  open.push(ours.bus, theirs.bus);
  await until(() => ours.bus.state() === "connected" && theirs.bus.state() === "connected");
  ours.bus.follow("lobby");
  let heard = 0;
  ours.bus.subscribe(() => void heard++);
  theirs.bus.publish({ epoch: "another", feed: "lobby", events: [textEvent(1)] });
  await until(() => ours.foreign.length === 1);
  expect([heard, ours.foreign]).toEqual([0, [theirs.bus.node]]);
});
