import { afterEach, describe, expect, test } from "bun:test";
import { CLOSE_CODES } from "@parley/protocol";
import { ClientHarness, settle } from "../testing/client-harness.ts";
import { serverAddress } from "./address.ts";
import { browserPlatform } from "./base/platform.ts";
import { createClient } from "./create-client.ts";

const token = "t".repeat(43);

describe("the address of a server", () => {
  test.each([
    "chat.example",
    "localhost:8000",
    "/chat",
    "ws://chat.example",
    "ftp://chat.example",
    "http://chat.example/ws",
    "http://chat.example/sub/ws/",
    "http://chat.example/api/v1",
    ["http://ada", "secret@chat.example"].join(":"),
    "http://chat.example/?a=b",
    "http://chat.example/#room",
    "",
  ])("%p is refused at once, and no password is repeated", (url) => {
    let error: Error | undefined;
    try {
      createClient({ url, token });
    } catch (thrown) {
      error = thrown as Error;
    }
    expect(error).toMatchObject({ code: "bad_url" });
    expect(error?.message).not.toContain("secret");
  });

  test.each([
    ["http://localhost:8000", "http://localhost:8000/"],
    ["https://chat.example/", "https://chat.example/"],
    ["https://chat.example/team", "https://chat.example/team/"],
    ["http://[::1]:8000", "http://[::1]:8000/"],
  ])("%p is taken", (url, address) => {
    expect(serverAddress(url)).toBe(address);
  });
});

const { WebSocket: real } = globalThis;
afterEach(() => {
  globalThis.WebSocket = real;
});

/** As Node 22 does it: what cannot be connected fires `error`, and other runtimes then `close`. */
class FailingSocket {
  static last: FailingSocket | null = null;
  onerror = (): void => {};
  onclose = (_: { code: number }): void => {};

  constructor() {
    FailingSocket.last = this;
  }
}

test.each([true, false])(
  "an error before a socket is open is a close with 1006, reported once (%p)",
  (closes) => {
    globalThis.WebSocket = FailingSocket as unknown as typeof WebSocket;
    const codes: number[] = [];
    const closed = (code: number) => void codes.push(code);
    browserPlatform().openSocket("ws://nowhere", "p", { opened() {}, message() {}, closed });
    FailingSocket.last?.onerror();
    if (closes) FailingSocket.last?.onclose({ code: 1006 });
    expect(codes).toEqual([1006]);
  },
);

test("createClient throws no_websocket in a runtime without one, unless it is given one", () => {
  globalThis.WebSocket = undefined as unknown as typeof WebSocket;
  const options = { url: "http://localhost", token };
  expect(() => createClient(options)).toThrow("no WebSocket");
  createClient({ ...options, platform: { openSocket: () => ({ send() {}, close() {} }) } });
});

describe("a connection that never comes about", () => {
  test.each([
    ["a Parley server", 200, { name: "parley" }, "socket_blocked"],
    ["another server", 200, "<html>", "not_parley"],
    ["nothing of that kind", 404, "no", "not_parley"],
    ["a proxy whose server is away", 502, "no", undefined],
  ] as const)("is asked for once over HTTP: %s", async (_, status, body, cause) => {
    const harness = new ClientHarness();
    harness.client.start();
    for (let attempt = 0; attempt < 3; attempt++) {
      harness.socket.close(1006);
      if (attempt < 2) harness.clock.advance(10_000);
    }
    expect(harness.requests.map(({ path }) => path)).toEqual(["/api/v1/server"]);
    harness.requests[0]?.answer(status, body);
    await settle();
    const view = harness.client.connection.get();
    expect("cause" in view && typeof view.cause === "object" ? view.cause.code : undefined).toBe(cause);
    harness.clock.advance(10_000);
    harness.socket.close(1006);
    expect(harness.requests).toHaveLength(1);
    harness.clock.advance(20_000);
    harness.live();
    expect(Object.keys(harness.client.connection.get())).toEqual(["state", "user"]);
  });

  test.each([
    [4403, "banned", {}],
    [4404, "wrong_address", { cause: "wrong_address" }],
    [4406, "origin", { cause: "origin_refused" }],
  ] as const)("a refusal with %d (%s) is final, with its cause", (code, _, cause) => {
    const harness = new ClientHarness();
    harness.client.start();
    harness.socket.open();
    harness.socket.close(code);
    const text = CLOSE_CODES[code]?.text ?? "";
    expect(harness.client.connection.get()).toEqual({
      state: "refused",
      code,
      text,
      advice: "never",
      ...cause,
    });
    harness.clock.advance(600_000);
    expect(harness.sockets).toHaveLength(1);
  });
});
