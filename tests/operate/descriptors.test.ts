import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../support/child-process.ts";
import { RawClient } from "../support/raw-socket.ts";
import { ServerProcess } from "../support/server-process.ts";
import { WireClient } from "../support/test-server.ts";

const folder = mkdtempSync(join(tmpdir(), "parley-descriptors-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The limit of descriptors of the process, and the sockets that it accepts with it. */
const LIMIT = 400;
const SOCKETS = LIMIT - 128;

test("the limit of sockets is below that of descriptors: further sockets get 1013, health checks are answered", async () => {
  const port = await freePort();
  const log = join(folder, "server.log");
  const server = await ServerProcess.start({
    port,
    dataDir: join(folder, "data"),
    log,
    under: ["sh", "-c", `ulimit -n ${LIMIT} && exec "$@"`, "sh"],
  });
  const open: RawClient[] = [];
  try {
    for (let i = 0; i < SOCKETS; i++) {
      const raw = new RawClient(port);
      open.push(raw);
      await raw.upgrade();
    }
    const healthy = async () => (await fetch(`${server.url}/healthz`, { keepalive: false })).status;
    expect(await healthy()).toBe(200);
    // Twice as many as the remaining descriptors; they never answer the close frame.
    const late: RawClient[] = [];
    for (let i = 0; i < 250; i++) {
      const raw = new RawClient(port);
      late.push(raw);
      await raw.upgrade();
    }
    open.push(...late);
    expect(await healthy()).toBe(200);
    const codes = await Promise.all(late.map((raw) => raw.closeCode()));
    expect(codes.filter((code) => code === 1013).length).toBeGreaterThan(0);
    expect(codes.filter((code) => code !== 1013 && code !== 1006)).toEqual([]);
    for (const raw of open.splice(0, 50)) raw.close();
    // There is capacity again.
    let client = new WireClient({ port });
    for (let welcome = false; !welcome; ) {
      welcome = await Promise.race([client.join("Ada").then(() => true), client.closed.then(() => false)]);
      if (!welcome) client = new WireClient({ port });
    }
    client.close();
  } finally {
    for (const raw of open) raw.close();
    await server.stop();
  }
  const said = await Bun.file(log).text();
  expect(said).toContain(`"sockets":${SOCKETS}`);
  expect(said).toContain("LimitNOFILE");
}, 60_000);
