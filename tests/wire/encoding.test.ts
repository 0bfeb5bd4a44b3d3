import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { gunzipSync } from "node:zlib";
import { LOBBY } from "@parley/protocol";
import { RestClient } from "../support/rest-client.ts";
import { newToken, startTestServer, type TestServer } from "../support/test-server.ts";

let server: TestServer;
let anna: RestClient;
beforeAll(async () => {
  server = await startTestServer();
  anna = await RestClient.guest(server, "Anna");
  for (let n = 0; n < 20; n += 1) await anna.says(LOBBY, `A message of some length, number ${n}`);
});
afterAll(() => server.end());

/** The answer as it comes over the wire: this runtime would decode it unasked. */
async function ask(path: string, headers: Record<string, string> = {}, method = "GET") {
  const response = await fetch(server.url + path, { method, headers, decompress: false } as RequestInit);
  return {
    status: response.status,
    headers: Object.fromEntries(response.headers),
    bytes: new Uint8Array(await response.arrayBuffer()),
  };
}

const MESSAGES = `/api/v1/rooms/${LOBBY}/messages?limit=20`;

describe("JSON answers", () => {
  const read = (more: Record<string, string> = {}, method?: string) =>
    ask(MESSAGES, { authorization: `Bearer ${anna.token}`, ...more }, method);

  test("are sent in gzip to a client that accepts it, with Vary", async () => {
    const plain = await read({ "accept-encoding": "identity" });
    const small = await read({ "accept-encoding": "gzip, br" });
    expect(plain.headers["content-encoding"]).toBeUndefined();
    expect(small.headers["content-encoding"]).toBe("gzip");
    for (const { headers } of [plain, small]) expect(headers.vary).toContain("Accept-Encoding");
    expect(gunzipSync(small.bytes).equals(plain.bytes)).toBe(true);
    expect(small.bytes.length).toBeLessThan(plain.bytes.length / 3);
    expect(Number(small.headers["content-length"])).toBe(small.bytes.length);
  });

  test("stay as they are when they are short, asked for in part, as they are, or only about", async () => {
    const gzip = { "accept-encoding": "gzip" };
    expect((await ask("/api/v1/server", gzip)).headers["content-encoding"]).toBeUndefined();
    expect((await read({ ...gzip, range: "bytes=0-9" })).headers["content-encoding"]).toBeUndefined();
    expect(
      (await read({ ...gzip, "cache-control": "no-transform" })).headers["content-encoding"],
    ).toBeUndefined();
    expect((await read({ "accept-encoding": "gzip;q=0" })).headers["content-encoding"]).toBeUndefined();
    expect((await read(gzip, "HEAD")).headers["content-encoding"]).toBeUndefined();
  });

  test("an answer with a token is never compressed, whatever else it holds", async () => {
    const response = await fetch(`${server.url}/api/v1/guests`, {
      method: "POST",
      headers: { "accept-encoding": "gzip", "content-type": "application/json" },
      body: JSON.stringify({ name: "Bert", token: newToken() }),
      decompress: false,
    } as RequestInit);
    expect(response.status).toBe(201);
    expect(response.headers.get("content-encoding")).toBeNull();
    await response.arrayBuffer();
  });
});

describe("documents", () => {
  test("a copy in one coding is not the copy in another", async () => {
    const document = "/openapi.json";
    const plain = await ask(document, { "accept-encoding": "identity" });
    const gz = await ask(document, { "accept-encoding": "gzip" });
    expect(gz.headers["content-encoding"]).toBe("gzip");
    const [one, other] = [plain.headers.etag ?? "", gz.headers.etag ?? ""];
    expect(one).not.toBe(other);
    const again = (accepted: string, tags: string) =>
      ask(document, { "accept-encoding": accepted, "if-none-match": tags });
    expect((await again("gzip", other)).status).toBe(304);
    expect((await again("gzip", `"x", W/${other}`)).status).toBe(304);
    expect((await again("gzip", one)).status).toBe(200);
    expect((await again("identity", one)).status).toBe(304);
  });
});
