import { setTimeout as wait } from "node:timers/promises";
import type { Bus } from "../bus/bus.ts";
import { relayBus } from "../bus/relay.ts";
import { realTiming } from "../gateway/signals/timing.ts";
import { LoopLag } from "../observe/loop-lag.ts";
import { Metrics } from "../observe/metrics.ts";
import { probe } from "../observe/probe.ts";
import { metered } from "../store/metered.ts";
import { openRemoteStore } from "../store/remote/remote-store.ts";
import type { NodeContext } from "./context.ts";
import { type NodeStore, type NodeStoreParts, STORE_TIMEOUT } from "./store.ts";

export type GatewayStoreParts = NodeStoreParts & {
  /** The path of the store process's socket. */
  readonly socket: string;
  /** The store process has another epoch or version: this gateway must end. */
  readonly onMismatch: (error: Error) => void;
};

/** The store of a gateway, and the bus that comes over the same connection. */
export type GatewayStore = NodeStore & {
  openBus(parts: { readonly onError: (error: unknown) => void }): Bus;
};

/** Connects to the store process, which limits writes and watches the disk. Rejects when it does not answer. */
export async function openGatewayStore(
  context: NodeContext,
  parts: GatewayStoreParts,
): Promise<GatewayStore> {
  const { config, counts, monotonicNow, newId, version } = context;
  const { socket, onMismatch } = parts;
  const node = newId();
  const remote = await openRemoteStore({ path: socket, node, onMismatch });
  const { store: opened, relay, state } = remote;
  const metrics = new Metrics({
    version,
    runtime: context.runtime,
    dataDir: config.dataDir,
    counts,
    // These are reported by the store process.
    space: { problem: null },
  });
  const lag = new LoopLag({ observe: (seconds) => metrics.late(seconds), monotonicNow });
  const space = { refused() {}, written() {} };
  const store = metered(parts.wrap?.(opened) ?? opened, { counts, metrics, space, monotonicNow });
  return {
    store,
    isShared: false,
    metrics,
    storeAnswers: probe({ ask: () => store.commit([]), timeout: STORE_TIMEOUT, monotonicNow, wait }),
    degraded: () => state().degraded,
    durability: state().durability,
    openBus: ({ onError }) =>
      relayBus({ relay, epoch: opened.epoch, node, onError, after: realTiming.after }),
    async close() {
      lag.close();
      await store.close();
    },
  };
}
