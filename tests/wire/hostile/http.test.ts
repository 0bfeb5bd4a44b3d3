import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { LOBBY } from "@parley/protocol";
import { HealthyPair } from "../../support/healthy-pair.ts";
import { RawClient, upgradeRequest } from "../../support/raw-socket.ts";
import { startTestServer, type TestServer, WireClient } from "../../support/test-server.ts";

let server: TestServer;
let pair: HealthyPair;
let token: string;
beforeAll(async () => {
  server = await startTestServer();
  pair = await HealthyPair.start(server);
  const client = new WireClient(server);
  await client.join("Caller");
  token = client.token;
});
afterAll(async () => {
  await pair.end();
  await server.end();
});

/** The status of the first answer, and whether the connection ends behind it. */
async function answer(request: string): Promise<{ status: number; isClosed: boolean }> {
  const raw = new RawClient(server.port);
  raw.send(request);
  const head = await raw.head();
  const isClosed = /^connection: close$/im.test(head);
  if (isClosed) await raw.closed;
  raw.close();
  return { status: Number(head.split(" ")[1]), isClosed };
}

const lines = (...head: string[]) => `${head.join("\r\n")}\r\n`;
const post = (...headers: string[]) => lines("POST /api/v1/guests HTTP/1.1", "Host: x", ...headers, "");

describe("ambiguous and invalid requests", () => {
  const rows: [how: string, request: string, status: number][] = [
    ["two lengths", `${post("Content-Length: 4", "Content-Length: 5")}{}{}`, 400],
    ["a length and chunks", `${post("Content-Length: 4", "Transfer-Encoding: chunked")}0\r\n\r\n`, 400],
    ["chunks and a length", `${post("Transfer-Encoding: chunked", "Content-Length: 4")}0\r\n\r\n`, 400],
    ["a negative length", post("Content-Length: -1"), 400],
    ["a length with a sign", `${post("Content-Length: +2")}{}`, 400],
    ["a length in hex", `${post("Content-Length: 0x2")}{}`, 400],
    ["an endless length", post("Content-Length: 99999999999999999999"), 400],
    ["chunks that are no numbers", `${post("Transfer-Encoding: chunked")}zz\r\n\r\n`, 400],
    ["a chunk of negative size", `${post("Transfer-Encoding: chunked")}-1\r\n\r\n`, 400],
    ["a space before the colon", lines("GET /healthz HTTP/1.1", "Host : x", ""), 400],
    ["no host", lines("GET /healthz HTTP/1.1", ""), 400],
    [
      "a header that goes on in the next line",
      lines("GET /healthz HTTP/1.1", "Host: x", "A: b", " c", ""),
      400,
    ],
    ["the start of TLS", "\x16\x03\x01\x02\x00\x01\r\n\r\n", 400],
    ["no HTTP", "hello\r\n\r\n", 400],
    ["huge headers", lines("GET /healthz HTTP/1.1", "Host: x", `A: ${"x".repeat(100_000)}`, ""), 431],
    [
      "very many headers",
      lines("GET /healthz HTTP/1.1", "Host: x", ...Array.from({ length: 5_000 }, (_, i) => `A${i}: b`), ""),
      431,
    ],
    ["an endless address", lines(`GET /${"x".repeat(100_000)} HTTP/1.1`, "Host: x", ""), 431],
  ];
  test.each(rows)("FT-6 %s: refused, and the connection ends", async (_, request, status) => {
    expect(await answer(request)).toEqual({ status, isClosed: true });
  });

  test("FT-6 the body of a request is never read as a second request", async () => {
    const raw = new RawClient(server.port);
    const hidden = lines("GET /hidden HTTP/1.1", "Host: x", "");
    raw.send(`${post("Content-Length: 4", "Transfer-Encoding: chunked")}0\r\n\r\n${hidden}`);
    await raw.closed;
    expect(raw.text.match(/HTTP\/1\.1/g)).toHaveLength(1);
  });
});

test("FT-6 a hundred pipelined requests are answered in their order", async () => {
  const raw = new RawClient(server.port);
  const paths = Array.from({ length: 100 }, (_, index) =>
    index % 3 === 0 ? "/healthz" : index % 3 === 1 ? "/api/v1/me" : `/api/v1/rooms/${LOBBY}`,
  );
  const requests = paths.map((path) =>
    lines(`GET ${path} HTTP/1.1`, "Host: x", `Authorization: Bearer ${token}`, ""),
  );
  raw.send(requests.join(""));
  const bodies = await raw.until(() => {
    const answers = raw.text.split(/(?=HTTP\/1\.1 )/);
    return answers.length === paths.length && answers.at(-1)?.endsWith("}") ? answers : undefined;
  });
  expect(bodies.map((body) => body.split(" ")[1])).toEqual(paths.map(() => "200"));
  for (const [index, path] of paths.entries()) {
    const own = path === "/healthz" ? '"status"' : path === "/api/v1/me" ? '"Caller"' : '"lobby"';
    expect(bodies[index]).toContain(own);
  }
  raw.close();
});

test("HS-1 an invalid upgrade is refused, and the path still works", async () => {
  const right = upgradeRequest();
  for (const [what, status] of [
    [right.replace("Sec-WebSocket-Key: ", "Sec-WebSocket-Key: x"), [400, 426]],
    [right.replace("Sec-WebSocket-Version: 13", "Sec-WebSocket-Version: 8"), [400, 426]],
    [right.replace("Upgrade: websocket\r\n", ""), [400, 426]],
    [right.replace("parley.v1", "parley.v1x"), [426]],
    [right.replace("GET", "POST"), [400, 405, 426]],
    [right.replace("GET", "HEAD"), [400, 405, 426]],
  ] as const) {
    const { status: got } = await answer(what);
    expect({ what, got: (status as readonly number[]).includes(got) ? "refused" : got }).toEqual({
      what,
      got: "refused",
    });
  }
  expect((await answer(right)).status).toBe(101);
});

test("LM-3 a body above the limit is refused before it is read", async () => {
  const { status } = await answer(post("Content-Type: application/json", "Content-Length: 100000000"));
  expect(status).toBe(413);
});
