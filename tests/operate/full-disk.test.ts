import { expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LOBBY } from "@parley/protocol";
import { freePort, until } from "../support/child-process.ts";
import { ServerProcess } from "../support/server-process.ts";
import { SmallDisk } from "../support/small-disk.ts";
import { METRICS_TOKEN, newToken } from "../support/test-server.ts";
import { Figures } from "./figures.ts";

const obstacle = SmallDisk.obstacle();
if (obstacle) console.warn(`SKIPPED: reports of a full disk, because ${obstacle}.`);

test.skipIf(obstacle !== null)(
  "a full disk is logged once, /readyz stays 200 for reads, and its end is detected without a write",
  async () => {
    const disk = SmallDisk.mount(32);
    const logs = mkdtempSync(join(tmpdir(), "parley-full-"));
    const port = await freePort();
    const server = await ServerProcess.start({
      port,
      dataDir: disk.path,
      log: join(logs, "out"),
      env: { LOG_DIR: join(logs, "logs"), UNSAFE_DURABILITY: "on", METRICS_TOKEN },
    });
    try {
      const ready = async () => {
        const answer = await fetch(`${server.url}/readyz`);
        return { status: answer.status, body: await answer.json() };
      };
      const token = newToken();
      const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
      const post = (path: string, body: object) =>
        fetch(`${server.url}/api/v1${path}`, { method: "POST", headers, body: JSON.stringify(body) });
      const say = () => post(`/rooms/${LOBBY}/messages`, { text: "x".repeat(8_000) });
      const signed = await fetch(`${server.url}/api/v1/guests`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ name: "Ann", token }),
      });
      expect(signed.status).toBeLessThan(300);
      expect(await ready()).toEqual({ status: 200, body: { ready: true } });
      disk.fill();
      // The remaining space in the log of the store is used up first.
      let refused = 0;
      for (let times = 0; times < 2_000 && refused < 20; times++) if ((await say()).status === 507) refused++;
      expect(refused).toBe(20);
      expect(await ready()).toEqual({ status: 200, body: { ready: true, degraded: ["disk_full"] } });
      expect((await fetch(`${server.url}/api/v1/rooms/${LOBBY}/messages`, { headers })).status).toBe(200);
      const during = await Figures.read(server.url);
      expect(during.get("parley_store_full")).toBe(1);
      expect(during.get("parley_ready")).toBe(1);
      expect(during.get("parley_faults_sent_total", { code: "storage" })).toBe(refused);
      disk.clear();
      await until(30_000, "the server takes writes again", async () =>
        (await ready()).body.degraded === undefined ? true : undefined,
      );
      expect((await say()).status).toBe(201);
      expect((await Figures.read(server.url)).get("parley_store_full")).toBe(0);
      await server.stop();
      const lines = readFileSync(join(logs, "logs/error.log"), "utf8").trim().split("\n");
      expect(lines.filter((line) => line.includes("is full"))).toHaveLength(1);
      expect(lines.filter((line) => line.includes("takes writes again"))).toHaveLength(1);
      expect(lines.filter((line) => line.includes("request failed"))).toEqual([]);
      const access = readFileSync(join(logs, "logs/access.log"), "utf8");
      expect(access.match(/"status":507,"code":"storage"/g)).toHaveLength(refused);
    } finally {
      await server.kill();
      disk.unmount();
      rmSync(logs, { recursive: true, force: true });
    }
  },
  60_000,
);
