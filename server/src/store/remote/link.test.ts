import { afterEach, beforeEach, expect, test } from "bun:test";
import { join } from "node:path";
import { type FeedId, isFault, LOBBY } from "@parley/protocol";
import type { Actor } from "../../core/command.ts";
import { type Opened, World } from "../contract/world.contract.ts";
import { openForTest } from "../sqlite/opened.contract.ts";
import type { Committed, Store } from "../store.ts";
import { openRemoteStore, type RemoteStore } from "./remote-store.ts";
import { SocketCable } from "./socket-cable.contract.ts";
import { type StoreServer, serveStore } from "./store-server.ts";

/** A store process, one gateway behind a cable and one beside it. */
let local: Opened & { readonly dataDir: string };
let server: StoreServer;
let cable: SocketCable;
let near: RemoteStore;
let cabled: RemoteStore;
let version = 1;
const errors: unknown[] = [];
const mismatches: Error[] = [];

const pathOf = (name: string) => join(local.dataDir, name);

const serve = (store: Store = local.store) =>
  serveStore({
    store,
    path: pathOf("store.sock"),
    version,
    state: () => ({ degraded: [], durability: "unsafe" }),
    onError: (error) => void errors.push(error),
  });

const connectTo = (name: string, node: string, patience?: number) =>
  openRemoteStore({
    path: pathOf(name),
    node,
    version: 1,
    onMismatch: (error) => void mismatches.push(error),
    ...(patience === undefined ? {} : { patience }),
  });

beforeEach(async () => {
  version = 1;
  errors.length = 0;
  mismatches.length = 0;
  local = await openForTest();
  server = await serve();
  cable = await SocketCable.open(pathOf("cable.sock"), pathOf("store.sock"));
  near = await connectTo("store.sock", "near");
  cabled = await connectTo("cable.sock", "cabled");
});

afterEach(async () => {
  await near.store.close();
  cable.readAgain();
  await cabled.store.close();
  cable.close();
  await server.close();
  await local.discard();
});

const all = () => true;

const worldOf = (store: Store) => {
  const never = () => {
    throw new Error("not here");
  };
  return new World({ store, reopen: never, setClock: never, traces: never, discard: never });
};

/** Resolves when the condition holds, which is asked each time that something happened. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}

async function member(world: World, name: string): Promise<Actor> {
  const actor = await world.guest(name);
  await world.accepted(world.command(actor, { kind: "join_room", room: LOBBY }));
  return actor;
}

test("CM-3 a batch whose answer was cut off is sent again, answered as a duplicate, and stored once", async () => {
  const world = worldOf(cabled.store);
  const ann = await member(world, "Ann");
  const sends = [world.send(ann, LOBBY, "one"), world.send(ann, LOBBY, "two")];
  cable.stopReading();
  const answer = cabled.store.commit(sends);
  // Committed, and the answer is on its way.
  const texts = async () => worldOf(near.store).texts();
  while ((await texts()).length < 2) await new Promise((resolve) => setImmediate(resolve));
  let gaps = 0;
  cabled.relay.onGap(() => gaps++);
  cable.cut();
  cable.readAgain();
  const { verdicts } = await answer;
  expect(verdicts.map((verdict) => !isFault(verdict) && verdict.duplicate)).toEqual([true, true]);
  expect(await texts()).toEqual(["one", "two"]);
  expect([gaps, cable.connections]).toEqual([1, 2]);
});

test("P5 calls that wait for the store process keep their order over its restart", async () => {
  const world = worldOf(cabled.store);
  const ann = await member(world, "Ann");
  await server.close();
  const sends = Array.from({ length: 20 }, (_, n) => world.send(ann, LOBBY, `${n}`));
  const answers = sends.map((send) => cabled.store.commit([send]));
  const page = cabled.store.page(LOBBY, { limit: 50 }, "node");
  server = await serve();
  for (const answer of answers) expect(isFault((await answer).verdicts[0])).toBe(false);
  expect(isFault(await page)).toBe(false);
  expect(await world.texts()).toEqual(sends.map((_, n) => `${n}`));
});

test("a store process that stays away rejects calls, and takes them again when it is back", async () => {
  const hasty = await connectTo("store.sock", "hasty", 50);
  await server.close();
  await expect(hasty.store.commit([])).rejects.toThrow("away");
  await expect(hasty.store.roomNamed("Tea")).rejects.toThrow("away");
  server = await serve();
  for (;;) {
    const found = await hasty.store.roomNamed("Tea").catch(() => "away");
    if (found === null) break;
    await new Promise((resolve) => setImmediate(resolve));
  }
  await hasty.store.close();
});

test("a call that throws is answered as failed, and the connection goes on", async () => {
  await server.close();
  server = await serve({
    ...local.store,
    roomNamed: () => Promise.reject(new Error("injected")),
  });
  await expect(near.store.roomNamed("Tea")).rejects.toThrow("injected");
  expect(errors).toHaveLength(1);
  expect(await near.store.nameHeld("Tea")).toBe(false);
});

test("P2 the events of a batch reach all gateways but its own, from the store process itself", async () => {
  const here: FeedId[] = [];
  const there: Committed["feeds"][number][] = [];
  near.relay.onEvents(all, (feed) => void here.push(feed));
  cabled.relay.onEvents(
    (feed) => feed === LOBBY,
    (feed, events) => void there.push({ feed, events }),
  );
  const world = worldOf(near.store);
  const ann = await member(world, "Ann");
  await until(() => there.length > 0);
  there.length = 0;
  const { feeds } = await near.store.commit([world.send(ann, LOBBY, "é\n😀")]);
  await until(() => there.length > 0);
  expect(there).toEqual(feeds as typeof there);
  expect(here).toEqual([]);
});

test("P2 a gateway that does not read gets a gap, not a queue without end; the others lose nothing", async () => {
  const world = worldOf(near.store);
  const ann = await member(world, "Ann");
  let events = 0;
  let gaps = 0;
  cabled.relay.onEvents(all, (_, some) => {
    events += some.length;
  });
  cabled.relay.onGap(() => gaps++);
  const before = cable.received;
  cable.stopReading();
  const text = "x".repeat(8_000);
  const batches = 60;
  for (let n = 0; n < batches; n++) {
    const { feeds } = await near.store.commit(
      Array.from({ length: 50 }, (_, each) => world.send(ann, LOBBY, `${n} ${each} ${text}`)),
    );
    expect(feeds.flatMap((feed) => feed.events)).toHaveLength(50);
  }
  cabled.relay.signal("{}", null);
  cable.readAgain();
  await until(() => gaps > 0);
  // 24 MB were committed; 8 MB and what the system's buffers hold may have waited for this gateway.
  expect(cable.received - before).toBeLessThan(12_000_000);
  expect(events).toBeLessThan(batches * 50);
  expect(gaps).toBe(1);
  // From now on it hears everything again.
  events = 0;
  await world.accepted(world.send(ann, LOBBY, "after"));
  await until(() => events > 0);
  expect(events).toBe(1);
}, 30_000);

test("a gateway that does not read its answers is not read, and gets all of them in the end", async () => {
  const world = worldOf(near.store);
  const ann = await member(world, "Ann");
  const text = "y".repeat(8_000);
  for (let n = 0; n < 4; n++)
    await near.store.commit(Array.from({ length: 25 }, () => world.send(ann, LOBBY, text)));
  const before = cable.received;
  cable.stopReading();
  const pages = Array.from({ length: 110 }, () => cabled.store.after(LOBBY, 0, 300, "node"));
  // The store process answers others meanwhile.
  while ((await near.store.heads([LOBBY])).size === 0);
  cable.readAgain();
  for (const page of await Promise.all(pages))
    expect((page as readonly unknown[]).length).toBeGreaterThan(25);
  expect(cable.received - before).toBeGreaterThan(20_000_000);
}, 30_000);

test("a large batch goes in several frames, and keeps its order", async () => {
  const world = worldOf(near.store);
  const ann = await member(world, "Ann");
  const text = "\u0001".repeat(7_990);
  const sends = Array.from({ length: 360 }, (_, n) => world.send(ann, LOBBY, `${n} ${text}`));
  const later = world.send(ann, LOBBY, "later");
  const [first, second] = await Promise.all([near.store.commit(sends), near.store.commit([later])]);
  expect(first.verdicts.every((verdict) => !isFault(verdict))).toBe(true);
  const seqs = first.feeds.flatMap(({ events }) => events.map(({ seq }) => seq));
  expect(seqs).toEqual(seqs.map((_, n) => (seqs[0] as number) + n));
  expect(second.feeds[0]?.events[0]?.seq).toBe((seqs.at(-1) as number) + 1);
}, 60_000);

test("a store process of another version is refused, and ends the gateway", async () => {
  await server.close();
  version = 2;
  server = await serve();
  await until(() => mismatches.length >= 2);
  expect(mismatches[0]?.message).toContain("version 2");
  await expect(connectTo("store.sock", "another")).rejects.toThrow("version 2");
});

test("two gateways' commands go into one commit of the store", async () => {
  await server.close();
  const sizes: number[] = [];
  let release = () => {};
  let holding: Promise<void> | null = new Promise((resolve) => {
    release = () => resolve();
  });
  server = await serve({
    ...local.store,
    async commit(commands) {
      sizes.push(commands.length);
      if (holding) await holding;
      return local.store.commit(commands);
    },
  });
  const world = worldOf(near.store);
  const first = near.store.commit([]);
  await until(() => sizes.length === 1);
  const ann = world.guest("Ann");
  const signedIn = await ann;
  const joins = (on: RemoteStore) =>
    on.store.commit([world.command(signedIn, { kind: "join_room", room: LOBBY })]);
  const both = [joins(near), joins(cabled)];
  // Both arrived before the commit that runs has ended: each connection answers in order.
  await Promise.all([near.store.roomNamed("x"), cabled.store.roomNamed("x")]);
  release();
  holding = null;
  await Promise.all([first, ...both]);
  expect(sizes).toEqual([0, 2]);
});
