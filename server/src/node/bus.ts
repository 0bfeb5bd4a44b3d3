import type { Bus } from "../bus/bus.ts";
import { memoryBus } from "../bus/memory.ts";
import { RedisLeases } from "../bus/redis/redis-leases.ts";
import { CLUSTER_PROBLEM, type RedisProblem, SHARED_PROBLEM } from "../bus/redis/redis-problem.ts";
import { RedisSharedState } from "../bus/redis/redis-shared.ts";
import { RedisTransport } from "../bus/redis/redis-transport.ts";
import { ShardedBus } from "../bus/sharded.ts";
import { NOTHING_SHARED, type SharedState } from "../bus/shared-state.ts";
import { OperatorError } from "../store/base/operator-error.ts";
import type { NodeContext } from "./context.ts";

export type NodeBus = {
  readonly bus: Bus;
  readonly shared: SharedState;
  /** What needs the operator while work goes on, as `/readyz` names it. */
  readonly degraded: () => readonly string[];
  close(): Promise<void>;
};

export type NodeBusParts = {
  /** The store's. */
  readonly epoch: string;
  /** Whether other processes may have the same store open. */
  readonly isStoreShared: boolean;
  /** In a gateway: the bus that comes over the connection to the store process. */
  readonly openRelayBus?: ((parts: { readonly onError: (error: unknown) => void }) => Bus) | undefined;
  /** Where a test may put something around the bus. */
  readonly wrap?: ((real: Bus) => Bus) | undefined;
};

/** How long a start waits for Redis: to refuse what can never work, and to hear the other nodes from the first socket on. Milliseconds. */
const START_WAIT = 2_000;
/** How long `/readyz` names another store's servers after they were heard. Milliseconds. */
const FOREIGN_SHOWN = 60_000;

/**
 * The bus of this node: a function call in a single process, the store process's relay in a worker, or Redis. A Redis that cannot be reached does not prevent the
 * start: messages are stored and acknowledged, and the sweep delivers those of other nodes.
 *
 * @throws OperatorError when REDIS_URL cannot work with this store, or leads to a Redis Cluster.
 */
export async function openBus(context: NodeContext, parts: NodeBusParts): Promise<NodeBus> {
  const { redisUrl } = context.config;
  if (redisUrl !== null) return openRedisBus(context, parts, redisUrl);
  const onError = (error: unknown) => context.log.error({ error }, LISTENER_FAILED);
  const real = parts.openRelayBus?.({ onError }) ?? memoryBus(onError, context.newId());
  const bus = parts.wrap?.(real) ?? real;
  return { bus, shared: NOTHING_SHARED, degraded: () => [], close: () => bus.close() };
}

const LISTENER_FAILED = "a listener of the bus threw an error, or a message could not be read";

async function openRedisBus(context: NodeContext, parts: NodeBusParts, url: string): Promise<NodeBus> {
  const { config, log, newId, monotonicNow } = context;
  if (!parts.isStoreShared)
    throw new OperatorError(
      "REDIS_URL joins several servers that share one store, but the store in DATA_DIR belongs to one process. " +
        "Remove REDIS_URL, or move the store to PostgreSQL.",
    );
  const node = newId();
  let problem: RedisProblem | null = null;
  let foreignAt = Number.NEGATIVE_INFINITY;
  const started = Promise.withResolvers<void>();
  const transport = new RedisTransport({
    url,
    prefix: config.redisPrefix,
    node,
    onProblem(found) {
      if (found?.code === problem?.code) return;
      if (found) log.error({ problem: found.code, redis: addressOf(url) }, `${found.text}. ${MEANWHILE}`);
      else if (problem) log.info({ redis: addressOf(url) }, "Redis can be used again");
      problem = found;
      if (found) started.resolve();
    },
  });
  const real = new ShardedBus({
    node,
    epoch: parts.epoch,
    transport,
    leases: new RedisLeases({
      connection: transport.commands,
      prefix: config.redisPrefix,
      node,
      now: monotonicNow,
      every,
    }),
    now: monotonicNow,
    every,
    onError: (error) => log.error({ error }, LISTENER_FAILED),
    onForeignEpoch(other) {
      if (monotonicNow() - foreignAt > FOREIGN_SHOWN)
        log.error({ node: other, prefix: config.redisPrefix }, SHARED_PROBLEM.text);
      foreignAt = monotonicNow();
    },
  });
  real.onState((state) => {
    if (state === "connected") started.resolve();
  });
  const timer = setTimeout(started.resolve, START_WAIT);
  await started.promise;
  clearTimeout(timer);
  const found = problem as RedisProblem | null;
  if (found?.code === CLUSTER_PROBLEM.code) {
    await real.close();
    throw new OperatorError(`${found.text}.`);
  }
  const bus = parts.wrap?.(real) ?? real;
  return {
    bus,
    shared: new RedisSharedState(transport.commands, config.redisPrefix),
    degraded: () => [
      ...(real.state() === "connected" ? [] : [problem?.code ?? "redis_unreachable"]),
      ...(monotonicNow() - foreignAt < FOREIGN_SHOWN ? [SHARED_PROBLEM.code] : []),
    ],
    close: () => bus.close(),
  };
}

function every(milliseconds: number, run: () => void): () => void {
  const timer = setInterval(run, milliseconds);
  return () => clearInterval(timer);
}

const MEANWHILE =
  "Messages are stored and delivered, those of other servers up to a second later; typing and presence are of this server only";

/** Without user and password. */
function addressOf(url: string): string {
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`;
}
