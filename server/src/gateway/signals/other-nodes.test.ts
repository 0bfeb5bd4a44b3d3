import { expect, test } from "bun:test";
import type { Bus, BusState, Gap, Signal } from "../../bus/bus.ts";
import { memoryBus } from "../../bus/memory.ts";
import { FakeClock } from "../../testing/fake-clock.ts";
import { UNKNOWN_AFTER } from "./other-nodes.ts";
import { Presence } from "./presence.ts";

/** Nodes that share a bus, which drops signals where a test says so. */
function setUp(...names: string[]) {
  const clock = new FakeClock();
  const shared = memoryBus((error) => {
    throw error;
  });
  const sent: Signal[] = [];
  let drops = (_signal: Signal) => false;
  const nodes = names.map((node) => {
    let state: BusState = "connected";
    const states: ((state: BusState) => void)[] = [];
    const gaps: ((gap: Gap) => void)[] = [];
    const lists: ((nodes: ReadonlySet<string>) => void)[] = [];
    const bus: Bus = {
      ...shared,
      node,
      signal(signal, to) {
        sent.push(signal);
        if (state === "connected" && !drops(signal)) shared.signal(signal, to);
      },
      onSignal: (listener) => shared.onSignal((signal) => state === "connected" && listener(signal)),
      onGap: (listener) => {
        gaps.push(listener);
        return () => {};
      },
      onNodes: (listener) => {
        lists.push(listener);
        return () => {};
      },
      state: () => state,
      onState: (listener) => {
        states.push(listener);
        return () => {};
      },
    };
    const presence = new Presence({ bus, epoch: "e", node, timing: clock });
    const unknown: boolean[] = [];
    presence.onUnknownChange(() => unknown.push(presence.isUnknown));
    return {
      node,
      presence,
      unknown,
      live: (...alive: string[]) => {
        for (const listener of lists) listener(new Set(alive));
      },
      gap: (from: string | null) => {
        for (const listener of gaps)
          listener({ reason: "hole", node: from, signals: true, concerns: () => false });
      },
      connect(connected: boolean) {
        state = connected ? "connected" : "disconnected";
        for (const listener of states) listener(state);
      },
      arrive: (user: string, ...rooms: string[]) =>
        presence.arrive({ id: user, name: user.toUpperCase() }, () => new Set(rooms)),
      online: () => [...presence.online()].sort(),
    };
  });
  return {
    clock,
    sent,
    nodes: nodes as [(typeof nodes)[0], (typeof nodes)[0], ...typeof nodes],
    drop(which: (signal: Signal) => boolean) {
      drops = which;
    },
  };
}

test("SG-9 a node that starts later learns who is online at the others, in parts", () => {
  const { clock, sent, nodes } = setUp("a", "b");
  const [a, b] = nodes;
  b.connect(false);
  for (let i = 0; i < 500; i++) a.arrive(`user ${i}`, "room");
  b.connect(true);
  b.live("a", "b");
  clock.advance(10);
  expect(b.presence.inRoom("room").size).toBe(500);
  expect(b.presence.nameOf("user 7")).toBe("USER 7");
  const parts = sent.flatMap((signal) => (signal.kind === "people" && signal.node === "a" ? [signal] : []));
  expect(parts.map(({ people, last }) => [people.length, last])).toEqual([
    [200, false],
    [200, false],
    [100, true],
  ]);
  expect(clock.waiting).toBe(0);
});

test("SG-9 a part has a bounded number of rooms", () => {
  const { clock, sent, nodes } = setUp("a", "b");
  const [a, b] = nodes;
  b.connect(false);
  const rooms = Array.from({ length: 500 }, (_, i) => `room ${i}`);
  for (let i = 0; i < 10; i++) a.arrive(`user ${i}`, ...rooms);
  b.connect(true);
  b.live("a", "b");
  clock.advance(10);
  expect(b.online().length).toBe(10);
  expect(
    sent.flatMap((signal) => (signal.kind === "people" && signal.node === "a" ? [signal.people.length] : [])),
  ).toEqual([4, 4, 2]);
});

test("SG-3 the users of a node whose lease ended are offline, and come back with it", () => {
  const { clock, nodes } = setUp("a", "b", "c");
  const [a, b, c] = nodes;
  for (const each of nodes) each.live("a", "b", "c");
  a.arrive("ada", "room");
  a.arrive("bim", "room");
  c?.arrive("bim", "room");
  expect(b.online()).toEqual(["ada", "bim"]);
  // Node a ends without a word.
  b.live("b", "c");
  expect(b.online()).toEqual(["bim"]);
  expect([...b.presence.inRoom("room")]).toEqual(["bim"]);
  // It was only stopped.
  b.live("a", "b", "c");
  clock.advance(1);
  expect(b.online()).toEqual(["ada", "bim"]);
});

test("SG-9 after a gap a node asks again: who came is online, and who left is not", () => {
  const { clock, nodes, drop } = setUp("a", "b");
  const [a, b] = nodes;
  for (const each of nodes) each.live("a", "b");
  a.arrive("ada", "room");
  a.arrive("stays", "room");
  drop((signal) => signal.kind === "presence");
  a.presence.depart("ada");
  clock.advance(10_000);
  a.arrive("cleo", "room");
  expect(b.online()).toEqual(["ada", "stays"]);
  drop(() => false);
  b.gap("another");
  expect(b.online()).toEqual(["ada", "stays"]);
  b.gap("a");
  clock.advance(1);
  expect(b.online()).toEqual(["cleo", "stays"]);
});

test("SG-9 a node that does not answer is asked again", () => {
  const { clock, nodes, drop } = setUp("a", "b");
  const [a, b] = nodes;
  drop((signal) => signal.kind === "people" && signal.node === "a");
  a.arrive("ada", "room");
  b.connect(false);
  b.connect(true);
  b.live("a", "b");
  a.presence.depart("ada");
  clock.advance(4_999);
  drop(() => false);
  clock.advance(1);
  clock.advance(1);
  expect(b.online()).toEqual(["ada"]);
  expect(clock.waiting).toBeLessThanOrEqual(1);
});

test("SG-9 after fifteen seconds without the other nodes their users are unknown, and own users are not", () => {
  const { clock, nodes } = setUp("a", "b");
  const [a, b] = nodes;
  for (const each of nodes) each.live("a", "b");
  a.arrive("ada", "room");
  b.arrive("bim", "room");
  for (const each of nodes) each.connect(false);
  clock.advance(UNKNOWN_AFTER - 1);
  expect([b.presence.isUnknown, b.online()]).toEqual([false, ["ada", "bim"]]);
  clock.advance(1);
  expect([b.presence.isUnknown, b.online(), b.unknown]).toEqual([true, ["bim"], [true]]);
  for (const each of nodes) each.connect(true);
  // Not before the other nodes have answered: their users would be shown as offline.
  expect(b.presence.isUnknown).toBe(true);
  a.live("a", "b");
  b.live("a", "b");
  clock.advance(1);
  expect([b.presence.isUnknown, b.online(), b.unknown]).toEqual([false, ["ada", "bim"], [true, false]]);
});

test("SG-9 a short time without the other nodes changes nothing that is shown", () => {
  const { clock, nodes } = setUp("a", "b");
  const [a, b] = nodes;
  for (const each of nodes) each.live("a", "b");
  a.arrive("ada", "room");
  const changes: string[] = [];
  b.presence.onChange((_, user, online) => changes.push(`${online ? "+" : "-"}${user}`));
  for (let i = 0; i < 10; i++) {
    b.connect(false);
    clock.advance(UNKNOWN_AFTER - 1);
    b.connect(true);
    b.gap(null);
    b.live("a", "b");
    clock.advance(1);
  }
  expect([changes, b.unknown, b.online()]).toEqual([[], [], ["ada"]]);
});

test("closed, a node asks and answers no more", () => {
  const { clock, nodes, sent } = setUp("a", "b");
  const [a, b] = nodes;
  a.presence.close();
  sent.length = 0;
  b.live("a", "b");
  clock.advance(1);
  expect(sent.map(({ kind }) => kind)).toEqual(["who"]);
});
