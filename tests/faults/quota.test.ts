import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expectHealthy } from "../support/offline-store.ts";
import { root } from "../support/server-process.ts";
import { obstacleToTracing, tracing } from "./nemesis/strace.ts";

const folder = mkdtempSync(join(tmpdir(), "parley-quota-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const PROGRAM = join(root, "server/src/store/sqlite/quota-process.contract.ts");
const obstacle = obstacleToTracing();
if (obstacle) console.warn(`SKIPPED: a quota that is used up is not tried, because ${obstacle}.`);

async function run(name: string, inject: string) {
  const dataDir = join(folder, name);
  const child = Bun.spawn(
    [...tracing(join(folder, `${name}.trace`), inject), process.execPath, PROGRAM, dataDir],
    {
      stdout: "pipe",
      stderr: "inherit",
    },
  );
  const said = JSON.parse(await new Response(child.stdout).text());
  return { said, code: await child.exited, dataDir };
}

test.skipIf(obstacle !== null)(
  "P1 a quota that is used up refuses with storage, reads go on, and writing goes on when there is room again",
  async () => {
    // Each failed write of the store is followed by one of the probe; the last to fail is the probe's.
    const { said, code, dataDir } = await run("quota", "pwrite64:error=EDQUOT:when=400..421");
    expect(said).toEqual({ faults: ["storage"], acked: expect.any(Number), read: "ok" });
    expect(said.acked).toBeGreaterThan(1);
    expect(code).toBe(0);
    expect(readdirSync(dataDir).filter((name) => name.includes("probe"))).toEqual([]);
    expectHealthy(dataDir);
  },
  60_000,
);

test.skipIf(obstacle !== null)(
  "P1 any other failed write ends the process",
  async () => {
    const { said, code } = await run("broken", "pwrite64:error=EIO:when=400..420");
    expect(said.fatal).toBeString();
    expect(code).toBe(1);
  },
  60_000,
);
