import { afterEach, expect, test } from "bun:test";
import { createServer, type Server, Socket } from "node:net";
import { CableProxy } from "../support/cable-proxy.ts";
import { until, within } from "../support/child-process.ts";

let echo: Server | undefined;
let proxy: CableProxy | undefined;

afterEach(async () => {
  await proxy?.close();
  await new Promise((resolve) => (echo ? echo.close(resolve) : resolve(undefined)));
});

/** A client of an echo server behind a proxy. */
async function line() {
  const far: Socket[] = [];
  echo = createServer((socket) => {
    far.push(socket);
    socket.on("error", () => {});
    socket.on("data", (bytes) => socket.write(bytes));
  });
  await new Promise<void>((resolve) => echo?.listen(0, "127.0.0.1", resolve));
  const address = echo.address();
  proxy = await CableProxy.open(address !== null && typeof address === "object" ? address.port : 0);
  const near = new Socket();
  let received = "";
  near.on("data", (bytes) => {
    received += String(bytes);
  });
  near.on("error", () => {});
  const closed = new Promise<void>((resolve) => near.on("close", () => resolve()));
  near.connect(proxy.port, "127.0.0.1");
  near.write("one ");
  const says = (text: string) => until(2000, `echo of ${text}`, () => (received === text ? true : undefined));
  await says("one ");
  return { near, far, closed, says, cable: proxy.cables[0]!, received: () => received };
}

test("a whole cable passes everything both ways", async () => {
  const { near, says } = await line();
  near.write("two");
  await says("one two");
});

test("a cut cable ends both sides", async () => {
  const { far, closed, cable } = await line();
  cable.cut();
  await within(2000, "the client is closed", closed);
  await until(2000, "the server is closed", () => (far[0]?.destroyed ? true : undefined));
  expect(proxy?.cables).toEqual([]);
});

test("a stalled cable loses nothing", async () => {
  const { near, says, cable, received } = await line();
  cable.stall(200);
  const started = performance.now();
  near.write("two");
  await says("one two");
  expect(performance.now() - started).toBeGreaterThan(150);
  expect(received()).toBe("one two");
});

test("a half-open cable: the server gets an end, the client gets nothing at all", async () => {
  const { near, far, cable, received } = await line();
  cable.halfOpen();
  await until(2000, "the server is closed", () => (far[0]?.destroyed ? true : undefined));
  near.write("two");
  expect(near.destroyed).toBe(false);
  expect(received()).toBe("one ");
  cable.cut();
});

test("a shut proxy refuses", async () => {
  await line();
  if (proxy) proxy.isOpen = false;
  const late = new Socket();
  late.on("error", () => {});
  const closed = new Promise<void>((resolve) => late.on("close", () => resolve()));
  late.connect(proxy?.port ?? 0, "127.0.0.1");
  await within(2000, "the refusal", closed);
});
