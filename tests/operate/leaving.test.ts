import { afterAll, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LOBBY } from "@parley/protocol";
import { Child, freePort, until } from "../support/child-process.ts";
import { root, ServerProcess } from "../support/server-process.ts";
import { startTestServer, WireClient } from "../support/test-server.ts";

const folder = mkdtempSync(join(tmpdir(), "parley-leaving-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("with DRAIN_DELAY a server first reports that it is draining, and works until the shutdown", async () => {
  const logs = join(folder, "logs");
  const server = await startTestServer(["--drain-delay", "2", "--log-dir", logs]);
  const ann = new WireClient(server);
  await ann.join("Ann");
  const ended = server.end();
  const probe = await fetch(`${server.url}/readyz`);
  expect([probe.status, await probe.json()]).toEqual([503, { ready: false, why: "draining" }]);
  expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
  // A request that still arrives is served.
  const late = new WireClient(server);
  await late.join("Late");
  for (const client of [ann, late]) {
    expect(await client.command({ kind: "send_message", room: LOBBY, text: "still here" })).toHaveProperty(
      "events",
    );
  }
  const written = await fetch(`${server.url}/api/v1/rooms/${LOBBY}/messages`, {
    method: "POST",
    headers: { authorization: `Bearer ${ann.token}`, "content-type": "application/json" },
    body: JSON.stringify({ text: "by REST, too" }),
  });
  expect(written.status).toBe(201);
  expect(ann.frames.some(({ type }) => type === "drain")).toBe(false);
  await ann.next("drain");
  expect((await ann.closed).code).toBe(1012);
  await ended;
  expect(readFileSync(join(logs, "error.log"), "utf8")).toBe("");
  expect(readFileSync(join(logs, "access.log"), "utf8")).toContain('"route":"/readyz","status":503');
});

const analyze = spawnSync("systemd-analyze", ["--version"]).status === 0;

test.skipIf(!analyze)("systemd accepts the unit of docs/operate/README.md unchanged", () => {
  const page = readFileSync(join(root, "docs/operate/README.md"), "utf8");
  const unit = /```ini\n([\s\S]*?)```/.exec(page)?.[1] ?? "";
  expect(unit).toContain("Type=notify");
  const path = join(folder, "parley.service");
  // The path of Node depends on the machine.
  writeFileSync(path, unit.replace(/^ExecStart=\S+/m, `ExecStart=${process.execPath}`));
  const { status, stdout, stderr } = spawnSync("systemd-analyze", ["verify", path], { encoding: "utf8" });
  expect({ status, said: `${stdout}${stderr}` }).toEqual({ status: 0, said: "" });
});

const receiver = ["/usr/bin/python3", "python3"].find((path) => spawnSync(path, ["--version"]).status === 0);
const notifier = spawnSync("systemd-notify", ["--version"]).status === 0;
if (!receiver || !notifier)
  console.warn("SKIPPED: what systemd is notices, because systemd-notify or python3 is not installed.");

/** Prints each datagram that its socket receives. */
const RECEIVE = `
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print("bound", flush=True)
while True:
    print(s.recv(4096).decode().strip(), flush=True)
`;

test.skipIf(!receiver || !notifier)(
  "systemd is notified that the server is ready, lives, and is stopping",
  async () => {
    const socket = join(folder, "notify");
    const notices: string[] = [];
    const python = new Child({
      command: [receiver ?? "", "-c", RECEIVE, socket],
      env: {},
      onLine: (line) => notices.push(line),
    });
    try {
      await until(10_000, "the socket", () => (notices.includes("bound") ? true : undefined));
      const server = await ServerProcess.start({
        port: await freePort(),
        dataDir: join(folder, "data"),
        log: join(folder, "out"),
        env: { NOTIFY_SOCKET: socket, WATCHDOG_USEC: "200000", WATCHDOG_PID: String(process.pid) },
      });
      const count = (line: string) => notices.filter((each) => each === line).length;
      await until(20_000, "the watchdog is fed", () => (count("WATCHDOG=1") >= 3 ? true : undefined));
      expect(count("READY=1")).toBe(1);
      expect(count("STOPPING=1")).toBe(0);
      await server.stop();
      await until(10_000, "it says that it stops", () => (count("STOPPING=1") === 1 ? true : undefined));
      expect(readFileSync(join(folder, "out"), "utf8")).not.toContain("systemd-notify failed");
    } finally {
      await python.kill();
    }
  },
  60_000,
);
