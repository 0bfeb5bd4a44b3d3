import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RawClient, upgradeRequest } from "../support/raw-socket.ts";
import { startTestServer, type TestServer } from "../support/test-server.ts";

const logs = mkdtempSync(join(tmpdir(), "parley-target-"));
let server: TestServer;
beforeAll(async () => {
  server = await startTestServer(["--log-dir", logs, "--metrics", "on"]);
});
afterAll(async () => {
  await server.end();
  rmSync(logs, { recursive: true, force: true });
});

/** The status of the answer to a request made by hand. */
async function status(...head: string[]): Promise<number> {
  const raw = new RawClient(server.port);
  raw.send(`${head.join("\r\n")}\r\n\r\n`);
  const answer = await raw.head();
  raw.close();
  return Number(answer.split(" ")[1]);
}

const HOSTS = [
  "a b",
  "a:99999",
  "a:b",
  "",
  "[::1",
  "a/b?c#",
  "user@evil.example",
  "a\\b",
  "localhost, evil.example",
];
const PATHS = [
  "/api/v1/rooms?q=secretword",
  "/ws/Ada?username=secretword",
  "/users?x=secretword",
  "/metrics",
  "/nowhere?secretword",
];

describe("a request with an invalid target", () => {
  test.each(HOSTS)("FT-6 Host: %s gets 400 at every path, upgrades too", async (host) => {
    for (const path of PATHS) expect(await status(`GET ${path} HTTP/1.1`, `Host: ${host}`), path).toBe(400);
    const upgrade = (path: string) =>
      upgradeRequest()
        .replace(/Host: .*/, `Host: ${host}`)
        .replace("GET /ws ", `GET ${path} `)
        .trimEnd();
    for (const path of ["/ws", "/ws/Ada"]) expect(await status(upgrade(path)), path).toBe(400);
  });

  test("FT-6 two hosts, and a target that is not a path", async () => {
    expect(await status("GET /healthz HTTP/1.1", "Host: localhost", "Host: evil.example")).toBe(400);
    expect(await status("CONNECT localhost:80 HTTP/1.1", "Host: localhost")).toBe(400);
  });

  test("FT-6 HTTP/1.0 without a host is answered: load balancers send it", async () => {
    expect(await status("OPTIONS / HTTP/1.0")).toBe(204);
    for (const path of ["/healthz", "/readyz", "/api/v1/server", "/users"])
      expect(await status(`GET ${path} HTTP/1.0`), path).toBe(200);
    expect(await status("GET /api/v1/me?q=secretword HTTP/1.0")).toBe(401);
  });

  test("FT-6 none of them is logged as an error, and no query is logged", async () => {
    for (let i = 0; i < 300; i++) expect(await status("GET /x?q=secretword HTTP/1.1", "Host: a b")).toBe(400);
    await server.end();
    const text = (name: string) => readFileSync(join(logs, name), "utf8");
    expect(text("error.log")).toBe("");
    for (const name of readdirSync(logs)) expect(text(name), name).not.toContain("secretword");
    server = await startTestServer();
  }, 20_000);
});
