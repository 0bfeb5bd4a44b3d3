import { expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../support/child-process.ts";
import { ServerProcess } from "../support/server-process.ts";
import { SmallDisk } from "../support/small-disk.ts";

const obstacle = SmallDisk.obstacle();
if (obstacle) console.warn(`SKIPPED: a data folder in memory, because ${obstacle}.`);

test.skipIf(obstacle !== null)("a data folder in memory is not reported as durable", async () => {
  const disk = SmallDisk.mount(32);
  const folder = mkdtempSync(join(tmpdir(), "parley-memory-"));
  const log = join(folder, "out");
  const server = await ServerProcess.start({ port: await freePort(), dataDir: disk.path, log });
  try {
    expect(await (await fetch(`${server.url}/healthz`)).json()).toMatchObject({ durability: "memory" });
    await server.stop();
    expect(readFileSync(log, "utf8")).toContain("DATA_DIR is on a file system in memory (tmpfs)");
  } finally {
    await server.kill();
    disk.unmount();
    rmSync(folder, { recursive: true, force: true });
  }
});
