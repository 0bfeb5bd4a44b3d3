// CPU of the bus for each message: `REDIS_URL=redis://127.0.0.1:6379 bun bench/bus.bench.ts`, with a Redis of your own.
// One process publishes 200 rooms at 20,000 messages/s in turns of 10 ms, another one follows all of them.

import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { type EventKind, LIMITS, type WireEvent } from "@parley/protocol";
import { RedisTransport } from "@parley/server/bus/redis/redis-transport.ts";
import { ShardedBus } from "@parley/server/bus/sharded.ts";

const ROOMS = 200;
const RATE = 20_000;
const TURN = 10;
const SECONDS = 10;
const EPOCH = "bench";
const url = process.env.REDIS_URL;
if (!url) throw new Error("REDIS_URL names the Redis server");
const prefix = process.argv[3] ?? randomUUID();

function open(): ShardedBus {
  const node = randomUUID();
  const transport = new RedisTransport({ url: url as string, prefix, node, onProblem() {} });
  const every = (milliseconds: number, run: () => void) => {
    const timer = setInterval(run, milliseconds);
    return () => clearInterval(timer);
  };
  const now = () => performance.now();
  return new ShardedBus({ node, epoch: EPOCH, transport, now, every, onError: console.error });
}

async function connected(bus: ShardedBus): Promise<void> {
  while (bus.state() !== "connected") await new Promise((resolve) => setTimeout(resolve, 10));
}

const room = (index: number) => `01a1ffb5-9efe-7f08-a907-${String(index).padStart(12, "0")}`;

function report(role: string, messages: number, { user, system }: NodeJS.CpuUsage): void {
  process.stdout.write(
    `${role}: ${messages} messages, ${((user + system) / messages).toFixed(2)} us of CPU each\n`,
  );
}

async function subscribe(): Promise<void> {
  const bus = open();
  let messages = 0;
  for (let index = 0; index < ROOMS; index++) bus.follow(room(index));
  bus.subscribe(({ events }) => {
    messages += events.length;
  });
  await connected(bus);
  process.stdout.write("ready\n");
  const before = process.cpuUsage();
  process.on("SIGTERM", () => {
    report("subscriber", messages, process.cpuUsage(before));
    process.exit(0);
  });
}

async function publish(): Promise<void> {
  const bus = open();
  await connected(bus);
  const subscriber = spawn(process.execPath, [import.meta.filename, "subscribe", prefix], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  subscriber.stdout.pipe(process.stdout);
  await new Promise((resolve) => subscriber.stdout.once("data", resolve));
  const text = "x".repeat(100);
  const event = (seq: number): WireEvent => {
    const id = randomUUID();
    const kind: EventKind = "message_sent";
    return {
      seq,
      id,
      kind,
      text: JSON.stringify({ seq, id, kind, actor: id, name: "Ada", at: 1, nonce: id, text }),
    };
  };
  const events = Array.from({ length: LIMITS.page }, (_, i) => event(i + 1));
  const before = process.cpuUsage();
  const started = performance.now();
  let messages = 0;
  while (performance.now() - started < SECONDS * 1_000) {
    const due = Math.floor(((performance.now() - started) / 1_000) * RATE);
    for (; messages < due; messages++) {
      const one = events[messages % events.length] as WireEvent;
      bus.publish({ epoch: EPOCH, feed: room(messages % ROOMS), events: [one] });
    }
    await new Promise((resolve) => setTimeout(resolve, TURN));
  }
  report("publisher", messages, process.cpuUsage(before));
  await new Promise((resolve) => setTimeout(resolve, 500));
  subscriber.kill("SIGTERM");
  await new Promise((resolve) => subscriber.once("exit", resolve));
  await bus.close();
  process.exit(0);
}

await (process.argv[2] === "subscribe" ? subscribe() : publish());
