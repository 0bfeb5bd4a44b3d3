import { afterAll, beforeAll, expect, test } from "bun:test";
import { RawClient, upgradeRequest } from "../support/raw-socket.ts";
import { startTestServer, type TestServer } from "../support/test-server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer(["--rate-limits", "on", "--connections-per-address", "1"]);
});
afterAll(() => server.end());

const HEADERS = [
  "content-security-policy",
  "x-content-type-options",
  "referrer-policy",
  "cross-origin-opener-policy",
  "cross-origin-resource-policy",
  "permissions-policy",
];

async function head(request: string): Promise<{ client: RawClient; head: string }> {
  const client = new RawClient(server.port);
  client.send(request);
  return { client, head: (await client.head()).toLowerCase() };
}

const upgrade = (path: string, change: (request: string) => string = (request) => request) =>
  change(upgradeRequest().replace("GET /ws ", `GET ${path} `));
const without = (request: string) => request.replace(/Sec-WebSocket-Protocol: .*\r\n/, "");

test("HT-21 refused upgrades carry the security headers, as all answers do", async () => {
  const refused: [what: string, request: string, status: number][] = [
    ["no subprotocol", upgrade("/ws", without), 426],
    ["no upgrade", "GET /ws HTTP/1.1\r\nHost: localhost\r\nSec-WebSocket-Protocol: parley.v1\r\n\r\n", 426],
    ["no room", upgrade("/ws/chat/nope?username=Ada", without), 404],
    ["no such address", upgrade("/ws/a/b", without), 404],
    ["a malformed host", upgrade("/ws", (request) => request.replace("parley.local", "a b")), 400],
    ["an unknown name", upgrade("/ws", (request) => request.replace("parley.local", "evil.example")), 421],
  ];
  for (const [what, request, status] of refused) {
    const { client, head: found } = await head(request);
    client.close();
    expect({ what, status: Number(found.split(" ")[1]) }).toEqual({ what, status });
    for (const name of HEADERS) expect(found, `${what}: ${name}`).toContain(`\n${name}: `);
  }
  const first = await head(upgrade("/ws"));
  expect(first.head).toContain(" 101 ");
  const second = await head(upgrade("/ws"));
  expect(second.head).toContain(" 429 ");
  for (const name of HEADERS) expect(second.head).toContain(`\n${name}: `);
  for (const { client } of [first, second]) client.close();
});

test("HT-21 the page may connect to its own host and no other", async () => {
  const answer = await fetch(server.url, { headers: { accept: "text/html" } });
  expect(answer.headers.get("content-security-policy")).toContain("connect-src 'self';");
});
