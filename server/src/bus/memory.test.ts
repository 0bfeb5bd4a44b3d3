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

test("listeners of signals and events are called before the call returns", () => {
  const bus = memoryBus(() => {});
  const received: string[] = [];
  bus.subscribe(({ feed }) => void received.push(feed));
  const unsubscribe = bus.onSignal(({ kind }) => void received.push(kind));
  bus.signal(signal, "all");
  bus.publish(published);
  expect(received).toEqual(["presence", "lobby"]);
  unsubscribe();
  bus.signal(signal, "all");
  expect(received).toEqual(["presence", "lobby"]);
});

test("an error in one listener is reported and does not affect the others", () => {
  const errors: unknown[] = [];
  const bus = memoryBus((error) => void errors.push(error));
  let received = 0;
  bus.onSignal(() => {
    throw new Error("injected");
  });
  bus.onSignal(() => void received++);
  bus.signal(signal, "all");
  expect(received).toBe(1);
  expect(errors).toHaveLength(1);
});
