// Buses of several nodes over one throwaway Redis server.

import { randomUUID } from "node:crypto";
import type { Bus } from "@parley/server/bus/bus.ts";
import { EPOCH, until } from "@parley/server/bus/contract/bus.contract.ts";
import { faultyTransport, type TransportFaults } from "@parley/server/bus/contract/faulty-transport.ts";
import type { RedisProblem } from "@parley/server/bus/redis/redis-problem.ts";
import { RedisTransport } from "@parley/server/bus/redis/redis-transport.ts";
import { ShardedBus } from "@parley/server/bus/sharded.ts";

export type OpenedBus = {
  readonly bus: ShardedBus;
  /** Every problem that was reported, and null for each end of one. */
  readonly problems: (RedisProblem["code"] | null)[];
  readonly gaps: string[];
};

export function openRedisBus(
  url: string,
  { prefix = "parley", epoch = EPOCH, faults = null as TransportFaults | null } = {},
): OpenedBus {
  const node = randomUUID();
  const problems: OpenedBus["problems"] = [];
  const gaps: string[] = [];
  const real = new RedisTransport({
    url,
    prefix,
    node,
    onProblem: (found) => problems.push(found?.code ?? null),
  });
  const bus = new ShardedBus({
    node,
    epoch,
    transport: faults ? faultyTransport(real, faults) : real,
    now: () => performance.now(),
    every(milliseconds, run) {
      const timer = setInterval(run, milliseconds);
      return () => clearInterval(timer);
    },
    onError() {},
  });
  bus.onGap(({ reason }) => gaps.push(reason));
  return { bus, problems, gaps };
}

export async function connected(...buses: readonly Bus[]): Promise<void> {
  await until(() => buses.every((bus) => bus.state() === "connected"));
}
