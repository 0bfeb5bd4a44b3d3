import type { Config } from "../config/read.ts";
import { exitCodeOf, operatorMessage } from "../observe/operator-message.ts";
import { type GatewayPlace, type Seams, serve } from "../serve.ts";
import { connectToSupervisor, type Supervisor } from "./control.ts";
import type { Role } from "./role.ts";
import { shareOf } from "./share.ts";
import { runStoreProcess } from "./store-process.ts";

/** What a process of the supervisor can do once it serves. */
type Serving = {
  readonly port: number;
  readonly metrics: { text(): Promise<string> };
  leave(): void;
  stop(): Promise<void>;
};

/** Runs this process in its role, until the supervisor ends it or ends itself. */
export async function runWorker(role: Role, config: Config, seams: Seams): Promise<void> {
  const supervisor = connectToSupervisor();
  // A terminal and a service manager signal all processes at once; the supervisor says in which order they end.
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP", "SIGUSR2"] as const) process.on(signal, () => {});
  try {
    const serving = await start(role, config, seams, supervisor);
    supervisor.onMessage((message) => {
      switch (message.kind) {
        case "leave":
          serving.leave();
          break;
        case "metrics":
          serving.metrics.text().then(
            (text) => supervisor.tell({ kind: "metrics", id: message.id, text }),
            () => supervisor.tell({ kind: "metrics", id: message.id, text: "" }),
          );
          break;
        case "stop":
          void serving.stop().then(() => process.exit(0));
          break;
      }
    });
    supervisor.tell({ kind: "ready", port: serving.port });
  } catch (error) {
    if (process.env.LOG_LEVEL === "debug") console.error(error);
    await supervisor.tell({ kind: "failed", message: operatorMessage(error), code: exitCodeOf(error) });
    process.exit(exitCodeOf(error));
  }
}

async function start(role: Role, config: Config, seams: Seams, supervisor: Supervisor): Promise<Serving> {
  const logSink: GatewayPlace["logSink"] = (name, lines) =>
    void supervisor.tell({ kind: "log", name, lines });
  if (role.kind === "store") {
    const { name, socket } = role;
    const store = await runStoreProcess(config, seams, { name, socket, logSink });
    return { ...store, port: 0, leave() {} };
  }
  const { name, socket } = role;
  const { metricsText } = supervisor;
  // The supervisor waits DRAIN_DELAY for all, and listens for metrics.
  const own = { ...shareOf(config, role.of), port: role.port, metricsListen: null, drainDelay: 0 };
  const running = await serve(own, seams, { name, socket, logSink, metricsText });
  const { log } = running;
  process.on("uncaughtException", (error) => log.error({ error }, "uncaught exception"));
  process.on("unhandledRejection", (error) => log.error({ error }, "unhandled rejection"));
  return running;
}
