import { expect, test } from "bun:test";
import type { FeedId, WireEvent } from "@parley/protocol";
import type { Published, Signal } from "./bus.ts";
import { type Relay, relayBus } from "./relay.ts";

type Listening = {
  wants: (feed: FeedId) => boolean;
  events: (feed: FeedId, events: readonly WireEvent[]) => void;
  signal: (text: string) => void;
  gap: (reason: "reconnected" | "behind") => void;
  connected: (isConnected: boolean) => void;
  nodes: (nodes: readonly string[]) => void;
};

/** A bus, what it sends, and the other end of its relay. The relay over a real store process is tested by link.test.ts. */
function setUp() {
  const listening = {} as Listening;
  const sent: string[] = [];
  const timers = new Set<() => void>();
  const relay: Relay = {
    isConnected: true,
    signal: (text) => sent.push(text) > 0,
    onEvents: (wants, events) => void Object.assign(listening, { wants, events }),
    onSignal: (signal) => void Object.assign(listening, { signal }),
    onGap: (gap) => void Object.assign(listening, { gap }),
    onConnected: (connected) => void Object.assign(listening, { connected }),
    onNodes: (nodes) => void Object.assign(listening, { nodes }),
  };
  const bus = relayBus({
    relay,
    epoch: "e",
    node: "a",
    after(_, run) {
      timers.add(run);
      return () => timers.delete(run);
    },
    onError(error) {
      throw error;
    },
  });
  return { bus, sent, listening, timers };
}

const typing = (epoch: string): Signal => ({
  kind: "typing",
  epoch,
  room: "lobby",
  user: { id: "u", name: "U" },
  on: true,
});

test("the own node is told by a call, and nothing of it goes over the relay", () => {
  const { bus, sent } = setUp();
  const heard: [Published, boolean][] = [];
  bus.subscribe((message, own) => void heard.push([message, own]));
  const message = { epoch: "e", feed: "lobby", events: [] };
  bus.publish(message);
  expect(heard).toEqual([[message, true]]);
  expect(sent).toEqual([]);
});

test("only followed feeds are wanted, until the last that followed has gone", () => {
  const { bus, listening } = setUp();
  bus.follow("lobby");
  bus.follow("lobby");
  expect([listening.wants("lobby"), listening.wants("other")]).toEqual([true, false]);
  bus.unfollow("lobby");
  expect(listening.wants("lobby")).toBe(true);
  bus.unfollow("lobby");
  expect(listening.wants("lobby")).toBe(false);
});

test("signals reach the own node at once and the others by the relay; those of another epoch are refused", () => {
  const { bus, sent, listening } = setUp();
  const heard: Signal[] = [];
  bus.onSignal((signal) => void heard.push(signal));
  bus.signal(typing("e"), { room: "lobby" });
  listening.signal(sent[0] as string);
  listening.signal(JSON.stringify(typing("old")));
  expect(heard).toEqual([typing("e"), typing("e")]);
  expect([bus.counts.sent, bus.counts.received, bus.counts.refused]).toEqual([1, 1, 1]);
});

test("a gap of the relay concerns every feed, and says why", () => {
  const { bus, listening } = setUp();
  const heard: unknown[] = [];
  bus.onGap(({ reason, concerns }) => void heard.push(reason, concerns("any")));
  bus.onState((state) => void heard.push(state));
  listening.connected(false);
  listening.connected(true);
  listening.gap("reconnected");
  listening.gap("behind");
  expect(heard).toEqual(["disconnected", "connected", "reconnected", true, "hole", true]);
});

test("a gateway that does not come back is gone after a while, and one that does never was", () => {
  const { bus, listening, timers } = setUp();
  const heard: string[] = [];
  bus.onNodes((nodes) => void heard.push([...nodes].join(" ")));
  listening.nodes(["a", "b", "c"]);
  // The store process has started again.
  listening.nodes(["a"]);
  listening.nodes(["a", "b"]);
  expect(heard).toEqual(["a b c", "a b c", "a b c"]);
  expect(timers.size).toBe(1);
  for (const run of timers) run();
  expect(heard.at(-1)).toBe("a b");
});
