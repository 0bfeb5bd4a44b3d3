import { afterEach, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Client, createClient, LOBBY, newToken } from "@parley/sdk";
import { freePort, pause, until, within } from "../support/child-process.ts";
import { readStore } from "../support/recording/read-store.ts";
import { type ServerOptions, ServerProcess } from "../support/server-process.ts";
import { acksAfterFailure, readTrace } from "./checker/trace.ts";
import { obstacleToTracing, tracing } from "./nemesis/strace.ts";

const MESSAGES = 60;
/** The start syncs some times; behind it each message is one. */
const FAILS = "fsync,fdatasync:error=EIO:when=40+";

let server: ServerProcess | undefined;
let folder: string | undefined;
let client: Client | undefined;
afterEach(async () => {
  client?.stop();
  if (server && !server.child.ended) {
    process.kill(server.pid, "SIGKILL");
    await server.child.kill();
  }
  if (folder) rmSync(folder, { recursive: true, force: true });
});

const obstacle = obstacleToTracing();
if (obstacle) console.warn(`SKIPPED: an I/O error at a sync is not tried, because ${obstacle}.`);

test.skipIf(obstacle !== null)(
  "P1 an I/O error at a sync ends the process, nothing is acknowledged behind it, and the resend settles all",
  async () => {
    folder = mkdtempSync(join(tmpdir(), "parley-eio-"));
    const [trace, dataDir, log] = [join(folder, "trace"), join(folder, "data"), join(folder, "server.log")];
    mkdirSync(dataDir);
    const options: ServerOptions = { port: await freePort(), dataDir, log };
    server = await ServerProcess.start({ ...options, under: tracing(trace, FAILS) });

    const acked = new Map<string, number>();
    client = createClient({
      url: server.url,
      token: newToken(),
      name: "Ada",
      onAnswered: (nonce, answer) => {
        if ("at" in answer) acked.set(nonce, answer.events[0]?.seq ?? 0);
      },
    });
    client.start();
    const { child } = server;
    for (let count = 0; count < MESSAGES; count++) {
      client.room(LOBBY).send(`message ${count}`);
      await Promise.race([pause(15), child.gone]);
    }
    // It ends by itself, and says why.
    expect(await within(20_000, "the server ends", child.gone)).toBe(1);
    expect(readFileSync(log, "utf8")).toContain("the disk failed");
    expect(acksAfterFailure(readTrace(readFileSync(trace, "latin1")))).toEqual([]);
    const before = new Map(acked);
    expect(before.size).toBeGreaterThan(0);
    expect(before.size).toBeLessThan(MESSAGES);

    server = await ServerProcess.start(options);
    client.reconnectNow();
    await until(20_000, "all messages are acknowledged", () => acked.size === MESSAGES || undefined);
    const stored = readStore(dataDir).events.filter(({ kind }) => kind === "message_sent");
    expect(stored.map(({ text }) => text)).toEqual(
      Array.from({ length: MESSAGES }, (_, count) => `message ${count}`),
    );
    for (const [nonce, seq] of before) expect(stored.find((event) => event.nonce === nonce)?.seq).toBe(seq);
  },
  120_000,
);
