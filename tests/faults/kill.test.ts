import { expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../support/child-process.ts";
import { Random } from "../support/random.ts";
import { readStore } from "../support/recording/read-store.ts";
import { ServerProcess } from "../support/server-process.ts";
import { kills } from "./nemesis/faults.ts";
import { expectGreen, resends, seedOf } from "./run/verdict.ts";

test("the promise holds over 12 times kill -9 at random moments, and restarts", async () => {
  const result = await expectGreen("kill -9", { seed: seedOf(), clients: 12, nemesis: kills(12) });
  // A run in which nothing was at stake proves nothing.
  expect(result.counts.acks).toBeGreaterThan(300);
  expect(resends(result)).toBeGreaterThan(10);
  expect(result.counts.stuck).toBe(0);
}, 180_000);

test("the very first start may be killed at any moment: the next one finds a store with its lobby", async () => {
  const seed = seedOf();
  const random = new Random(seed);
  for (let trial = 0; trial < 12; trial++) {
    const folder = mkdtempSync(join(tmpdir(), "parley-first-"));
    const options = { port: await freePort(), dataDir: join(folder, "data"), log: join(folder, "log") };
    try {
      const ms = random.int(10, 110);
      await ServerProcess.startAndKill(options, ms);
      const server = await ServerProcess.start(options);
      await server.kill();
      const { feeds, events } = readStore(options.dataDir);
      const found = `seed ${seed}, killed after ${ms} ms: ${JSON.stringify([feeds, events.length])}`;
      expect(found).toEndWith('[[{"feed":"lobby","floor":0,"last":1}],1]');
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
}, 60_000);
