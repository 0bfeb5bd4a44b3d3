import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../support/child-process.ts";
import { ServerProcess } from "../support/server-process.ts";
import { runBadPeers, SLACK } from "./run/bad-peers.ts";
import { obstacleToProcessStats } from "./run/process-stats.ts";

/** As many sockets as this process may open at once, with room for the rest. */
const SOCKETS = 5_000;

let server: ServerProcess;
let folder: string;
let port: number;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "parley-bad-peers-"));
  port = await freePort();
  server = await ServerProcess.start({
    port,
    dataDir: join(folder, "data"),
    log: join(folder, "server.log"),
    env: { REQUEST_TIMEOUT: "8", MAX_UNAUTHENTICATED: "6000", LOG_LEVEL: "warn" },
  });
});
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

const obstacle = obstacleToProcessStats();
if (obstacle) console.warn(`SKIPPED: what a server holds is not looked at, because ${obstacle}.`);

/** The slow and the silent take their time, all at the same time. */
const PEERS = { silent: SOCKETS, slowHeads: 1_000, slowBodies: 500, deaf: 5, churn: 1_000, garbage: 2_000 };

test.skipIf(obstacle !== null)(
  "HS-3 LM-5 LM-11 thousands of silent, slow, deaf and restless peers: each ends as it should, the healthy hear everything in order, and all is given back",
  async () => {
    const { ends, stats } = await runBadPeers({ port, pid: server.pid }, PEERS);
    const { garbage, deaf = {}, ...others } = ends;
    expect(others).toEqual({
      silent: { "4410": SOCKETS },
      slowHeads: { closed: 1_000 },
      slowBodies: { closed: 500 },
      churn: { closed: 1_000 },
    });
    expect(Object.keys(deaf).every((code) => code === "4408" || code === "1006")).toBe(true);
    expect(Object.keys(garbage ?? {})).toContain("bad_frame");
    expect(stats.after.descriptors).toBeLessThanOrEqual(stats.before.descriptors + SLACK.descriptors);
    expect(stats.after.memory).toBeLessThanOrEqual(stats.before.memory + SLACK.memory);
    expect(readFileSync(join(folder, "server.log"), "utf8")).not.toContain('"level":50');
  },
  120_000,
);
