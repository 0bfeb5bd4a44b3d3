import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { LOBBY } from "@parley/protocol";
import { RestClient, refusal } from "../../support/rest-client.ts";
import { startTestServer, type TestServer } from "../../support/test-server.ts";

let server: TestServer;
let ada: RestClient;
beforeAll(async () => {
  server = await startTestServer();
  ada = await RestClient.guest(server, "Ada");
});
afterAll(() => server.end());

const path = `/rooms/${LOBBY}/messages`;
const post = (body: unknown, headers: Record<string, string> = {}) => ada.call("POST", path, body, headers);
const bytes = (...parts: (string | number[])[]) =>
  new Uint8Array(parts.flatMap((part) => (typeof part === "string" ? [...Buffer.from(part)] : part)));
const nested = (depth: number, open: string, close: string) => open.repeat(depth) + close.repeat(depth);

describe("HT-4 bodies that are refused", () => {
  const rows: [what: string, body: unknown, answer: string][] = [
    ["nothing", "", "422 invalid"],
    ["no JSON", "text=hello", "422 invalid"],
    ["half of it", '{"text":"hel', "422 invalid"],
    ["two of it", '{"text":"a"}{"text":"b"}', "422 invalid"],
    ["a list", [{ text: "hello" }], "422 invalid"],
    ["a text", '"hello"', "422 invalid"],
    ["null", "null", "422 invalid"],
    ["no text", {}, "422 invalid"],
    ["another type", { text: 7 }, "422 invalid"],
    ["a blank text", { text: " \n " }, "422 invalid"],
    ["a text that is too long", { text: "x".repeat(8_001) }, "422 invalid"],
    ["half of a pair", '{"text":"\\ud800"}', "422 invalid"],
    ["U+0000", { text: "a\u0000b" }, "422 invalid"],
    ["mentions that are no ids", { text: "x", mentions: ["ada"] }, "422 invalid"],
    ["a field of a later version", { text: "x", attachments: [] }, "422 invalid"],
    ["10,000 lists in each other", nested(10_000, "[", "]"), "422 invalid"],
    ["10,000 objects in each other", `${'{"text":'.repeat(10_000)}1${"}".repeat(10_000)}`, "422 invalid"],
    ["a broken character", bytes('{"text":"', [0xc3, 0x28], '"}'), "422 invalid"],
    ["a lone byte", bytes('{"text":"', [0xff], '"}'), "422 invalid"],
    ["a mark before it", bytes([0xef, 0xbb, 0xbf], '{"text":"x"}'), "422 invalid"],
    ["more than is taken", `{"text":"${"x".repeat(1_048_576)}"}`, "413 too_large"],
    ["far more than is taken", `{"text":"${"x".repeat(3 << 20)}"}`, "413 too_large"],
  ];
  test.each(rows)("HT-4 %s", async (_, body, answer) => {
    expect(refusal(await post(body))).toBe(answer);
  });

  test("HT-4 a field that the request does not have is refused by its name, and nothing is stored", async () => {
    const before = await ada.call("GET", `/rooms/${LOBBY}`);
    const refused = await post({ text: "hello", replyTo: ada.id });
    expect([refusal(refused), refused.body.detail]).toEqual([
      "422 invalid",
      "replyTo: is not a field of this request.",
    ]);
    const long = await post(JSON.stringify({ text: "hello", ["x".repeat(9_000)]: 1 }));
    expect(String(long.body.detail).length).toBeLessThan(120);
    for (const [method, path, body] of [
      ["POST", "/rooms", { name: "Strict", kind: "public", colour: "red" }],
      ["POST", "/rooms/direct", { user: ada.id, text: "hi" }],
      ["PATCH", `/rooms/${LOBBY}`, { topic: "x", Topic: "y" }],
      ["PUT", `/rooms/${LOBBY}/members/${ada.id}`, { roles: "owner" }],
      ["PUT", `/rooms/${LOBBY}/read`, { seq: 1, at: 2 }],
      ["POST", "/guests", { name: "Bim", token: "x".repeat(43), admin: true }],
    ] as const)
      expect(refusal(await ada.call(method, path, body)), path).toBe("422 invalid");
    expect((await ada.call("GET", `/rooms/${LOBBY}`)).body.head).toBe(before.body.head);
    const document = (await (await fetch(`${server.url}/openapi.json`)).json()) as {
      components: { schemas: Record<string, { additionalProperties?: boolean }> };
    };
    const strict = Object.entries(document.components.schemas).filter(
      ([, schema]) => schema.additionalProperties === false,
    );
    expect(strict.length).toBeGreaterThanOrEqual(8);
  });

  test("HT-4 the detail names the field, or the body", async () => {
    const large = await post(" ".repeat(1_048_577));
    expect([large.body.code, large.body.detail]).toEqual(["too_large", "A body has at most 1048576 bytes."]);
    const packed = await post("{}", { "content-type": "text/csv" });
    expect([packed.body.code, packed.body.detail]).toEqual(["unsupported_media", "content-type: text/csv"]);
    expect((await post({ text: 7 })).body.detail).toStartWith("text: ");
    expect((await post("[]")).body.detail).toStartWith("body: ");
    expect((await post("{")).body.detail).toBe("body: is not JSON in UTF-8.");
  });

  test("HT-4 another content type, or a compressed body", async () => {
    for (const type of [
      "application/x-www-form-urlencoded",
      "text/plain",
      "multipart/form-data; boundary=x",
      "json",
    ]) {
      expect(refusal(await post('{"text":"x"}', { "content-type": type })), type).toBe(
        "415 unsupported_media",
      );
    }
    expect(refusal(await post('{"text":"x"}', { "content-encoding": "gzip" }))).toBe("415 unsupported_media");
    for (const type of [
      "application/json; charset=utf-8",
      "APPLICATION/JSON",
      "application/vnd.parley+json",
    ]) {
      expect((await post({ text: type }, { "content-type": type })).status, type).toBe(201);
    }
  });

  test("HT-4 a body without a length is counted while it is read", async () => {
    const stream = (chunks: number, chunk: string) =>
      new ReadableStream({
        start(controller) {
          for (let i = 0; i < chunks; i++) controller.enqueue(Buffer.from(chunk));
          controller.close();
        },
      });
    expect((await post(stream(1, '{"text":"in one piece"}'))).status).toBe(201);
    expect(refusal(await post(stream(40, " ".repeat(65_536))))).toBe("413 too_large");
  });

  test("HT-4 names with a meaning in JavaScript are ordinary names", async () => {
    for (const key of ["__proto__", "constructor"])
      expect((await post(`{"text":"plain","${key}":{"mentions_room":true}}`)).body.detail ?? "").toBe(
        `${key}: is not a field of this request.`,
      );
    expect(({} as { mentions_room?: boolean }).mentions_room).toBeUndefined();
    expect(refusal(await ada.get(`/search?__proto__=x`))).toBe("422 invalid");
    expect(refusal(await ada.get(`/rooms/__proto__`))).toBe("404 no_such_room");
    expect(refusal(await ada.get(`/users/constructor`))).toBe("404 no_such_user");
  });

  test("HT-4 after all of these the server is healthy, and only accepted messages are stored", async () => {
    const { id } = await ada.says(LOBBY, "still here");
    const { messages } = (await ada.get(`${path}?limit=100`)).body;
    expect(messages.at(-1).id).toBe(id);
    expect(messages.every(({ text }: { text: string }) => !text.startsWith("xxx"))).toBe(true);
  });
});

test("FT-6 invalid tokens get signed_out, whatever they look like", async () => {
  for (const authorization of [
    "",
    "Bearer",
    "Bearer x",
    "Basic YTpi",
    `Token ${ada.token}`,
    `Bearer ${"é".repeat(43)}`,
    `Bearer ${ada.token} ${ada.token}`,
  ]) {
    const answer = await ada.get("/me", { authorization });
    expect(refusal(answer), authorization).toBe("401 signed_out");
    expect(answer.headers.get("www-authenticate")).toBe("Bearer");
  }
  expect((await ada.get("/me", { authorization: `bearer ${ada.token}` })).status).toBe(200);
  // Before anything is read of the body.
  expect(refusal(await post("[", { authorization: "Bearer x" }))).toBe("401 signed_out");
});

test("HT-1 HEAD is GET without a body; other methods are refused", async () => {
  const head = await fetch(`${server.url}/api/v1/me`, {
    method: "HEAD",
    headers: { authorization: `Bearer ${ada.token}` },
  });
  expect([head.status, await head.text()]).toEqual([200, ""]);
  for (const [method, at] of [
    ["PUT", "/rooms"],
    ["POST", "/me"],
    ["DELETE", "/search"],
    ["OPTIONS", "/rooms"],
    ["PROPFIND", "/rooms"],
    ["GET", "/rooms/"],
    ["GET", "/"],
  ] as const) {
    expect(refusal(await ada.call(method, at)), `${method} ${at}`).toBe("404 no_such_address");
  }
});
