// A Redis server of its own for a test: on a free port, without persistence, ended by the test.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createConnection, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const PLACES = ["/usr/bin/redis-server", "/usr/local/bin/redis-server"];

/** The program; undefined where it is not installed: such tests are skipped, and `npm test` names the package. */
export const redisServer = process.env.REDIS_SERVER ?? PLACES.find(existsSync);

export type TestRedis = {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Ends the server at once, as `kill -9` does. */
  kill(): Promise<void>;
  /** Stops the process: it answers nothing and closes nothing. */
  freeze(): void;
  thaw(): void;
  /** Starts it again on the same port, empty. */
  restart(): Promise<void>;
  /** Sends a command, and returns the bytes of the answer that came with it. */
  command(...words: string[]): Promise<string>;
  end(): Promise<void>;
};

/** Starts a server; `options` are further lines of its configuration, as arguments. Resolves when it answers. */
export async function startRedis(
  options: readonly string[] = [],
  { tls = false }: { tls?: boolean } = {},
): Promise<TestRedis> {
  if (redisServer === undefined) throw new Error("redis-server is not installed");
  const folder = mkdtempSync(join(tmpdir(), "parley-redis-"));
  const port = await freePort();
  const ports = tls ? ["--port", "0", "--tls-port", String(port)] : ["--port", String(port)];
  let server = await launch();

  async function launch(): Promise<ChildProcess> {
    const child = spawn(
      redisServer as string,
      [...ports, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", folder, ...options],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    let output = "";
    await new Promise<void>((resolve, reject) => {
      child.stdout?.on("data", (chunk: Buffer) => {
        output += chunk.toString();
        if (/Ready to accept connections/.test(output)) resolve();
      });
      child.once("exit", () => reject(new Error(`redis-server ended: ${output}`)));
      child.once("error", reject);
    });
    return child;
  }

  async function kill(): Promise<void> {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const ended = once(server, "exit");
    server.kill("SIGKILL");
    await ended;
  }

  return {
    url: `${tls ? "rediss" : "redis"}://127.0.0.1:${port}`,
    port,
    get pid() {
      return server.pid as number;
    },
    kill,
    freeze: () => void server.kill("SIGSTOP"),
    thaw: () => void server.kill("SIGCONT"),
    async restart() {
      await kill();
      server = await launch();
    },
    command: (...words) => send(port, words),
    async end() {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A port that is free now. */
async function freePort(): Promise<number> {
  const probe = createServer();
  probe.listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as { port: number };
  probe.close();
  await once(probe, "close");
  return port;
}

function send(port: number, words: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(port, "127.0.0.1");
    socket.once("error", reject);
    socket.once("data", (bytes: Buffer) => {
      resolve(bytes.toString());
      socket.destroy();
    });
    const parts = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join("");
    socket.write(`*${words.length}\r\n${parts}`);
  });
}
