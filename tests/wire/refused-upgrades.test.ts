import { afterEach, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LOBBY } from "@parley/protocol";
import type { Seams } from "@parley/server/serve.ts";
import { ask, connect } from "../support/dialect-fixtures.ts";
import { RestClient } from "../support/rest-client.ts";
import { METRICS_TOKEN, startTestServer, type TestServer, WireClient } from "../support/test-server.ts";

const open: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

/** A server with an error.log. */
async function serverWith(flags: readonly string[], seams: Seams = {}) {
  const logDir = mkdtempSync(join(tmpdir(), "parley-upgrades-"));
  open.push(() => rmSync(logDir, { recursive: true, force: true }));
  const server = await startTestServer(["--log-dir", logDir, ...flags], seams);
  open.push(() => server.end());
  const lines = () =>
    readFileSync(join(logDir, "error.log"), "utf8")
      .split("\n")
      .filter((line) => line.includes("refused a socket"))
      .map((line) => JSON.parse(line) as { status: number; address: string });
  return { server, lines };
}

async function refused({ url }: TestServer): Promise<{ [code: string]: number }> {
  const text = await (
    await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${METRICS_TOKEN}` } })
  ).text();
  const found = text.matchAll(/^parley_upgrades_refused_total\{code="(\d+)"\} (\d+)$/gm);
  return Object.fromEntries(
    [...found].flatMap(([, code, value]) => (value === "0" ? [] : [[code, Number(value)]])),
  );
}

/** Asks for a socket by hand and ends the connection. Returns the status of the answer. */
async function statusOf(server: TestServer, path: string, headers?: readonly string[]): Promise<number> {
  const { client, head } = await ask(server, path, headers);
  client.close();
  await client.closed;
  return Number(head.split(" ")[1]);
}

const NATIVE = ["Sec-WebSocket-Protocol: parley.v1"];

test("a refused upgrade is counted by its status, and its log lines are limited", async () => {
  const { server, lines } = await serverWith(["--guests", "off", "--dialects", "none"]);
  expect(await refused(server)).toEqual({});
  for (let count = 0; count < 30; count++) expect(await statusOf(server, "/ws")).toBe(426);
  expect(await refused(server)).toEqual({ 426: 30 });
  expect(lines()).toHaveLength(10);
  expect(lines()[0]).toMatchObject({ status: 426, address: "127.0.0.1" });
});

test("a page of another origin is counted, at the native address and at those of the dialects", async () => {
  const { server, lines } = await serverWith(["--dialect-origins", "https://chat.example.org"]);
  const origin = { origin: "https://elsewhere.example.org" };
  expect((await new WireClient(server, undefined, origin).closed).code).toBe(4406);
  await expect(connect(server, "/ws/Ada", origin).opened).rejects.toThrow();
  expect(await refused(server)).toEqual({ 403: 1, 4406: 1 });
  expect(lines().map(({ status }) => status)).toEqual([4406, 403]);
});

test("an address above its rate of connections is counted", async () => {
  const { server } = await serverWith(["--rate-limits", "on", "--connect-rate", "1", "--connect-burst", "1"]);
  const statuses: number[] = [];
  while (statuses.length < 50 && !statuses.includes(429)) statuses.push(await statusOf(server, "/ws/Ada"));
  expect(await refused(server)).toEqual({ 429: 1 });
});

test("a socket above the number of all is counted", async () => {
  const { server, lines } = await serverWith(["--max-connections", "1"]);
  const first = new WireClient(server);
  await first.hello("First");
  const second = new WireClient(server);
  expect((await second.closed).code).toBe(1013);
  expect(await refused(server)).toEqual({ 1013: 1 });
  expect(lines().map(({ status }) => status)).toEqual([1013]);
  first.close();
});

test("a socket during a drain is counted", async () => {
  const free = Promise.withResolvers<void>();
  const blocked = Promise.withResolvers<void>();
  let blocking = false;
  const { server } = await serverWith([], {
    store: (real) => ({
      ...real,
      async commit(commands) {
        if (blocking && commands.length > 0) {
          blocked.resolve();
          await free.promise;
        }
        return real.commit(commands);
      },
    }),
  });
  const client = await RestClient.guest(server, "Ada");
  blocking = true;
  const waiting = client.says(LOBBY, "keeps the server");
  await blocked.promise;
  const stopped = server.stop();
  expect(await statusOf(server, "/ws", NATIVE)).toBe(503);
  expect(await refused(server)).toEqual({ 503: 1 });
  free.resolve();
  await Promise.all([waiting, stopped]);
});
