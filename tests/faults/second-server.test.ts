import { expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../support/child-process.ts";
import { HealthyPair } from "../support/healthy-pair.ts";
import { ServerProcess } from "../support/server-process.ts";

test("a second process on the same data is refused with a sentence, again and again, and the first goes on", async () => {
  const folder = mkdtempSync(join(tmpdir(), "parley-second-"));
  const dataDir = join(folder, "data");
  const first = await ServerProcess.start({
    port: await freePort(),
    dataDir,
    log: join(folder, "first.log"),
  });
  try {
    const pair = await HealthyPair.start({ port: Number(new URL(first.url).port) });
    for (let time = 0; time < 3; time++) {
      const log = join(folder, `second-${time}.log`);
      const refused = ServerProcess.start({ port: await freePort(), dataDir, log });
      await expect(refused).rejects.toThrow("the process ended (1)");
      expect(readFileSync(log, "utf8")).toContain("Another Parley is running on this data folder");
    }
    expect((await pair.end()).latencies.length).toBeGreaterThan(0);
    expect(await first.stop()).toBe(true);
  } finally {
    await first.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}, 60_000);
