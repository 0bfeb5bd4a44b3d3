import { createServer } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import type { Config } from "../config/read.ts";
import { listenForMetrics, type MetricsListener } from "../gateway/http/metrics-listener.ts";
import { HostNames } from "../gateway/http/origins.ts";
import { openLogs } from "../observe/logs.ts";
import { ownArguments, type Running } from "../serve.ts";
import { OperatorError, UsageError } from "../store/base/operator-error.ts";
import { Child, type StartFailure } from "./child.ts";
import type { FromWorker } from "./control.ts";
import { WorkerMetrics } from "./metrics.ts";
import type { Role } from "./role.ts";
import { END_WITHIN, Slot } from "./slot.ts";
import { storeSocket } from "./store-socket.ts";

/** A server of several processes. */
export type Workers = Omit<Running, "metrics" | "leave"> & {
  /** Replaces one process after the other, while the server takes connections. */
  restart(): Promise<void>;
};

/** What is thrown when a process could not start. */
function startError({ message, code }: StartFailure): OperatorError {
  return code === 2 ? new UsageError(message) : new OperatorError(message);
}

/**
 * Starts a server of several processes on one port: one store process unless the gateways open the store themselves, then
 * the gateways, and watches them. Each that ends by itself is started again. `onEnd` is called when the server cannot go on, with the exit code.
 *
 * @throws OperatorError when a process cannot start, and errors of the system when a port cannot be had.
 */
export async function startWorkers(
  config: Config,
  count: number,
  onEnd: (code: number) => void,
): Promise<Workers> {
  const logs = openLogs({ ...config, now: Date.now, worker: { name: "supervisor" } });
  const { log } = logs;
  const place = storeSocket(config);
  const socket = place?.path ?? null;
  const command = [process.execPath, ...ownArguments()] as const;
  const monotonicNow = () => performance.now();
  let port = config.port;
  let isEnding = false;

  const onMessage = (child: () => Child | null) => (message: FromWorker) => {
    switch (message.kind) {
      case "metrics":
        metrics.answered(message);
        break;
      case "page":
        void metrics.text().then((text) => child()?.tell({ kind: "page", id: message.id, text }));
        break;
      case "log":
        logs.sink(message.name, message.lines);
        break;
    }
  };
  const slotOf = (name: string, role: () => Role, onFailure: (failure: StartFailure) => boolean) =>
    new Slot({
      name,
      log,
      monotonicNow,
      onFailure,
      spawn() {
        const child: Child = new Child(
          { role: role(), command, env: process.env, onMessage: onMessage(() => child) },
          monotonicNow(),
        );
        return child;
      },
    });
  const store =
    socket === null
      ? null
      : slotOf(
          "store",
          () => ({ kind: "store", name: "store", socket }),
          (failure) => {
            log.fatal({ reason: failure.message }, "the store could not be opened again: the server ends");
            void end(failure.code);
            return true;
          },
        );
  const gateways = Array.from({ length: count }, (_, index) => {
    const name = String(index + 1);
    return slotOf(
      name,
      () => ({ kind: "gateway", name, of: count, socket, port }),
      ({ message }) => {
        log.error({ failed: name, reason: message }, "a worker could not start; it is tried again");
        return false;
      },
    );
  });
  const slots = store ? [store, ...gateways] : gateways;
  const metrics = new WorkerMetrics(
    () => slots.flatMap(({ child }) => (child ? [child] : [])),
    () => slots.map(({ name, isUp, restarts }) => ({ name, isUp, restarts })),
  );
  let metricsListener: MetricsListener | null = null;

  const close = async () => {
    isEnding = true;
    // All at once: one after the other, each client would be sent from worker to worker. The store ends last.
    await Promise.all(gateways.map((slot) => slot.close()));
    await store?.close();
    place?.remove();
    await metricsListener?.close();
    await logs.close();
  };
  const end = async (code: number) => {
    if (isEnding) return;
    await close();
    onEnd(code);
  };
  const started = async (slot: Slot): Promise<number> => {
    const result = await slot.start();
    if ("message" in result) throw startError(result);
    return result.port;
  };

  process.on("exit", () => {
    for (const slot of slots) slot.kill();
    place?.remove();
    logs.flush();
  });
  logs.open();
  try {
    await refuseTakenPort(config);
    if (store) await started(store);
    // The first may choose the port; the others take the same.
    port = await started(gateways[0] as Slot);
    await Promise.all(gateways.slice(1).map(started));
    if (config.metrics && config.metricsListen) {
      const hosts = new HostNames(config);
      metricsListener = await listenForMetrics({
        ...config.metricsListen,
        metrics,
        answersTo: (hostname) => hosts.answersTo(hostname),
      });
    }
  } catch (error) {
    for (const slot of slots) slot.kill();
    await close();
    throw error;
  }

  let restarting: Promise<void> | null = null;
  const restart = async () => {
    for (const slot of gateways) if (!isEnding) await slot.replace();
    if (!isEnding) await store?.restart();
    if (!isEnding) log.info({}, "all workers were replaced");
  };
  return {
    port,
    metricsPort: metricsListener?.port ?? null,
    log,
    async stop() {
      for (const { child } of gateways) child?.tell({ kind: "leave" });
      if (config.drainDelay > 0) await wait(config.drainDelay * 1_000);
      await close();
    },
    restart() {
      restarting ??= restart().finally(() => {
        restarting = null;
      });
      return restarting;
    },
  };
}

/** Longest time of an orderly end, DRAIN_DELAY not counted. Milliseconds. */
export const WORKERS_STOP_TIMEOUT = 2 * END_WITHIN + 5_000;

/**
 * Workers share a port with whatever shares it, so a second server would take half of the connections without a word. So
 * the port is tried alone first. Rejects when it cannot be had.
 */
function refuseTakenPort({ port, host }: Config): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve()));
  });
}
