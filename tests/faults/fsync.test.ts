import { afterEach, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient, newToken } from "@parley/sdk";
import { freePort, within } from "../support/child-process.ts";
import { ServerProcess } from "../support/server-process.ts";
import { i9, readTrace } from "./checker/trace.ts";
import { obstacleToTracing, tracing } from "./nemesis/strace.ts";

const SENDS = 25;

let server: ServerProcess | undefined;
let folder: string | undefined;

afterEach(async () => {
  // Only the tracer is our child: what it traces is ended first, or it would go on alone.
  if (server && !server.child.ended) {
    process.kill(server.pid, "SIGKILL");
    await server.child.kill();
  }
  if (folder) rmSync(folder, { recursive: true, force: true });
});

const obstacle = obstacleToTracing();
if (obstacle) console.warn(`SKIPPED: I9 is not checked, because ${obstacle}.`);

test.skipIf(obstacle !== null)("I9: the log is synced before the ack is written to the socket", async () => {
  folder = mkdtempSync(join(tmpdir(), "parley-trace-"));
  const trace = join(folder, "trace");
  mkdirSync(join(folder, "data"));
  server = await ServerProcess.start({
    port: await freePort(),
    dataDir: join(folder, "data"),
    log: join(folder, "server.log"),
    under: tracing(trace),
  });

  const nonces: string[] = [];
  let answered = (_: string) => {};
  const client = createClient({
    url: server.url,
    token: newToken(),
    name: "Ada",
    onAnswered: (nonce, answer) => {
      if ("at" in answer) answered(nonce);
    },
  });
  client.start();
  for (let count = 0; count < SENDS; count++) {
    // One at a time: then everything that is written to the log between two acks belongs to the second.
    const ack = new Promise<string>((resolve) => {
      answered = resolve;
    });
    client.room("lobby").send(`traced ${count} ${"x".repeat(count * 150)}`);
    nonces.push(await within(10_000, `the ack for message ${count}`, ack));
  }
  client.stop();
  process.kill(server.pid, "SIGTERM");
  await within(30_000, "the server ends", server.child.gone);

  expect(new Set(nonces).size).toBe(SENDS);
  expect(i9(readTrace(readFileSync(trace, "latin1")), nonces)).toEqual([]);
});
