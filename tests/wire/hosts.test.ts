import { describe, expect, test } from "bun:test";
import { RawClient, upgradeRequest } from "../support/raw-socket.ts";
import type { TestServer } from "../support/test-server.ts";
import { testServers } from "../support/test-servers.ts";

const { serverWith } = testServers();
type Answer = { readonly status: number; readonly head: string; readonly body: string };

async function ask(server: TestServer, request: string): Promise<Answer> {
  const raw = new RawClient(server.port);
  raw.send(request);
  const head = await raw.head();
  const length = Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0);
  const body = await raw.until(() => (raw.text.length >= length ? raw.text : undefined));
  raw.close();
  return { status: Number(head.split(" ")[1]), head, body };
}

const get = (server: TestServer, host: string, path: string, ...headers: string[]) =>
  ask(server, [`GET ${path} HTTP/1.1`, `Host: ${host}`, ...headers, "", ""].join("\r\n"));

const upgrade = (server: TestServer, host: string, path: string, ...headers: string[]) => {
  const native = path === "/ws";
  const request = upgradeRequest(headers)
    .replace(/Host: .*/, `Host: ${host}`)
    .replace("GET /ws ", `GET ${path} `);
  return ask(server, native ? request : request.replace(/Sec-WebSocket-Protocol: .*\r\n/, ""));
};

const PATHS = [
  "/",
  "/api/v1/server",
  "/api/v1/rooms/lobby/messages",
  "/users",
  "/api/chat/rooms",
  "/docs",
  "/openapi.json",
  "/metrics",
  "/nowhere",
];

describe("HT-20 the names that a server answers to", () => {
  test("HT-20 a name that any domain owner could point here gets 421 at every path, with the setting to change", async () => {
    const server = await serverWith();
    const evil = `evil.example:${server.port}`;
    for (const path of PATHS) {
      const { status, head, body } = await get(server, evil, path, `Origin: http://${evil}`);
      expect({ path, status }).toEqual({ path, status: 421 });
      expect(body).toContain("PUBLIC_URL=https://evil.example");
      expect(head.toLowerCase()).toContain("content-security-policy");
      expect(head.toLowerCase()).not.toContain("access-control-allow-origin");
    }
    for (const path of ["/ws", "/ws/Ada", "/ws/Kitchen?username=Ada", "/ws/chat/lobby?username=Ada"])
      expect((await upgrade(server, evil, path, `Origin: http://${evil}`)).status, path).toBe(421);
    const page = await get(server, evil, "/", "Accept: text/html");
    expect(page.head).toContain("text/html");
    expect(page.body).toContain("ALLOWED_HOSTS");
    // Load balancers ask these under names of their own.
    for (const path of ["/healthz", "/readyz"]) expect((await get(server, evil, path)).status).toBe(200);
  });

  test("HT-20 without any setting, IP addresses and names that cannot be registered are answered", async () => {
    const server = await serverWith();
    for (const host of [
      "localhost",
      "127.0.0.1",
      "192.168.1.5",
      "[::1]",
      "parley",
      "box.local",
      "box.lan",
      "box.home.arpa",
      "pod.internal",
    ]) {
      const own = `${host}:${server.port}`;
      expect((await get(server, own, "/api/v1/server")).status, host).toBe(200);
      expect((await upgrade(server, own, "/ws", `Origin: http://${own}`)).status, host).toBe(101);
    }
  });

  test("HT-20 behind a proxy that ends TLS: PUBLIC_URL names the page, whatever Host the proxy sends on", async () => {
    const server = await serverWith(
      "--public-url",
      "https://chat.example.org/",
      "--allowed-hosts",
      "other.example.org",
    );
    for (const host of ["chat.example.org", `127.0.0.1:${server.port}`])
      expect((await upgrade(server, host, "/ws", "Origin: https://chat.example.org")).status, host).toBe(101);
    expect(
      (await upgrade(server, "other.example.org", "/ws", "Origin: https://other.example.org")).status,
    ).toBe(101);
    expect((await get(server, "chat.example.org", "/api/v1/server")).status).toBe(200);
    expect((await get(server, "evil.example", "/api/v1/server")).status).toBe(421);
    // The scheme counts, too: a page over http may come from any server.
    const cors = async (origin: string) =>
      (await get(server, "chat.example.org", "/api/v1/server", `Origin: ${origin}`)).head.includes(origin);
    expect(await cors("https://chat.example.org")).toBe(true);
    expect(await cors("http://chat.example.org")).toBe(false);
  });
});
