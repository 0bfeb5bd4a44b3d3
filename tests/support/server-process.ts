import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { bun, Child, pause } from "./child-process.ts";

/** The repository's folder. */
export const root = join(import.meta.dir, "..", "..");

export type ServerOptions = {
  /** The entry file, from the root; the product's own unless a bug is injected. */
  readonly entry?: string;
  readonly port: number;
  readonly dataDir: string;
  /** The file that the server's output goes to. */
  readonly log: string;
  readonly env?: Readonly<Record<string, string>>;
  /** A program and its arguments that run the server, such as a tracer. */
  readonly under?: readonly string[];
};

/** A real server process on a port and a folder of its own. */
export class ServerProcess {
  readonly child: Child;
  readonly url: string;
  /** The server's own process id: not the child's when it runs under another program. */
  readonly pid: number;

  private constructor(child: Child, url: string, pid: number) {
    this.child = child;
    this.url = url;
    this.pid = pid;
  }

  /** Starts a server and waits until it prints that it is ready: 30 s at most. */
  static async start(options: ServerOptions): Promise<ServerProcess> {
    const child = spawnServer(options);
    try {
      const [url, pid] = await child.line("that it is ready", 30_000, (line) => {
        const said = /Parley is ready at (\S+) \(pid (\d+)\)/.exec(line);
        return said ? ([said[1] ?? "", Number(said[2])] as const) : undefined;
      });
      return new ServerProcess(child, url, pid);
    } catch (error) {
      await child.kill();
      throw error;
    }
  }

  /** Starts a server and kills it after so many milliseconds, ready or not. */
  static async startAndKill(options: ServerOptions, ms: number): Promise<void> {
    const child = spawnServer(options);
    await pause(ms);
    await child.kill();
  }

  /** kill -9: no shutdown, no flush. */
  async kill(): Promise<void> {
    await this.child.kill();
  }

  /** Stops it by SIGTERM, as an operator does. False if it had to be killed after 10 s. */
  stop(): Promise<boolean> {
    return this.child.stop(10_000);
  }
}

function spawnServer({
  entry = "server/src/main.ts",
  port,
  dataDir,
  log,
  env,
  under = [],
}: ServerOptions): Child {
  const flags = ["--port", String(port), "--host", "127.0.0.1", "--data-dir", dataDir];
  // The disks of these tests are small, and full on purpose.
  flags.push("--disk-reserve", "0");
  return new Child({
    command: [...under, bun, "--no-orphans", join(root, entry), ...flags],
    // Rates are the operator's choice and no part of the promise; loads here go beyond them.
    // Logs go where ours go, not into files beside the code.
    env: { RATE_LIMITS: "off", LOG_DIR: "off", ...env },
    onLine: (line) => appendFileSync(log, `${line}\n`),
  });
}
