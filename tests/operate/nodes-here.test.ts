import { expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bun, Child, freePort } from "../support/child-process.ts";
import { hasCluster } from "../support/node-cluster.ts";
import { RestClient } from "../support/rest-client.ts";
import { root } from "../support/server-process.ts";
import { programOf } from "./proxy-programs.ts";

test.skipIf(!hasCluster || !programOf({ name: "nginx", env: "NGINX" }))(
  "ops/nodes-here.sh starts two nodes in one folder, and ends them (skipped without PostgreSQL, Redis, nginx)",
  async () => {
    const [folder, port] = [mkdtempSync(join(tmpdir(), "parley-here-")), await freePort()];
    const env = { PARLEY_SERVE: `${bun} server/src/main.ts`, DRAIN_DELAY: "0", LOG_DIR: "off" };
    const child = new Child({ command: [join(root, "ops/nodes-here.sh"), folder, String(port)], env });
    try {
      await child.line("ready", 40_000, (line) => line.includes("Two nodes are ready") || undefined);
      for (const at of [port, port + 3, port + 4])
        expect((await fetch(`http://127.0.0.1:${at}/readyz`)).status).toBe(200);
      await RestClient.guest({ url: `http://127.0.0.1:${port}` }, "Ann");
    } finally {
      expect(await child.stop(30_000)).toBe(true);
      rmSync(folder, { recursive: true, force: true });
    }
  },
  90_000,
);
