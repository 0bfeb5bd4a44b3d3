import { helpText } from "./config/options.ts";
import { type Config, configWarnings, readConfig } from "./config/read.ts";
import { exitCodeOf, operatorMessage } from "./observe/operator-message.ts";
import { notifySystemd } from "./observe/systemd.ts";
import { type Seams, serve } from "./serve.ts";
import { roleOf, workersOf } from "./workers/role.ts";
import { startWorkers, WORKERS_STOP_TIMEOUT } from "./workers/supervisor.ts";
import { runWorker } from "./workers/worker.ts";

/** How long an orderly end may take, beside DRAIN_DELAY. Milliseconds. */
const STOP_TIMEOUT = 25_000;

/**
 * Runs a server as this process until it is asked to end, or as the supervisor of several processes, or as one of these.
 * Rejects when it cannot start.
 */
export async function run(args: readonly string[], seams: Seams = {}): Promise<void> {
  if (args.includes("--help")) {
    console.log(helpText());
    return;
  }
  // Files that are created from here on are for this user only, unless their permissions are set.
  process.umask(0o077);
  const config = readConfig(args, process.env);
  const role = roleOf(process.env);
  if (role) return runWorker(role, config, seams);
  const workers = workersOf(config);
  const several = workers > 1 ? await startWorkers(config, workers, (code) => process.exit(code)) : null;
  const running = several ?? (await serve(config, seams));
  const { log } = running;
  for (const warning of configWarnings(config, process.env)) log.warn(warning);
  // A bug in one handler must not end the connections of all users: it is logged, and the server goes on.
  process.on("uncaughtException", (error) => log.error({ error }, "uncaught exception"));
  process.on("unhandledRejection", (error) => log.error({ error }, "unhandled rejection"));
  const systemd = notifySystemd({ env: process.env, pid: process.pid, parent: process.ppid, log });
  let stopping = false;
  const stop = () => {
    // A second signal: exit at once. What was acknowledged is on disk either way.
    if (stopping) process.exit(1);
    stopping = true;
    const notified = systemd.stopping();
    const timeout = several ? WORKERS_STOP_TIMEOUT : STOP_TIMEOUT;
    setTimeout(() => process.exit(1), timeout + config.drainDelay * 1_000).unref();
    void Promise.all([running.stop(), notified]).then(() => process.exit(0));
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
  if (several) process.on("SIGUSR2", () => void several.restart());
  systemd.ready();
  console.log(
    `Parley is ready at http://localhost:${running.port} (pid ${process.pid})${several ? `, ${workers} workers` : ""}` +
      publicNameText(config),
  );
}

/** What the start line says of the server's public name. */
function publicNameText({ publicOrigin, allowedHosts }: Config): string {
  if (publicOrigin !== null) return `, public address ${publicOrigin}`;
  return allowedHosts.length > 0 ? "" : ". Behind a public name it needs PUBLIC_URL.";
}

if (import.meta.main) {
  run(process.argv.slice(2)).catch((error: unknown) => {
    console.error(`Parley could not start: ${operatorMessage(error)}`);
    if (process.env.LOG_LEVEL === "debug") console.error(error);
    process.exit(exitCodeOf(error));
  });
}
