import { expect, test } from "bun:test";
import type { Signal } from "./bus.ts";
import { memoryBus } from "./memory.ts";

const signal: Signal = {
  kind: "presence",
  epoch: "e",
  node: "n",
  user: { id: "u", name: "U" },
  online: true,
  rooms: [],
};
const published = { epoch: "e", feed: "lobby", events: [] };

test("signals and events go to those who listen for them, before the call returns", () => {
  const bus = memoryBus(() => {});
  const heard: string[] = [];
  bus.subscribe(({ feed }) => void heard.push(feed));
  const unsubscribe = bus.onSignal(({ kind }) => void heard.push(kind));
  bus.signal(signal);
  bus.publish(published);
  expect(heard).toEqual(["presence", "lobby"]);
  unsubscribe();
  bus.signal(signal);
  expect(heard).toEqual(["presence", "lobby"]);
});

test("a listener that throws keeps nobody from hearing, and the error is told", () => {
  const errors: unknown[] = [];
  const bus = memoryBus((error) => void errors.push(error));
  let heard = 0;
  bus.onSignal(() => {
    throw new Error("planted");
  });
  bus.onSignal(() => void heard++);
  bus.signal(signal);
  expect(heard).toBe(1);
  expect(errors).toHaveLength(1);
});
