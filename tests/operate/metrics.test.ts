import { afterAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fault, LOBBY } from "@parley/protocol";
import { writeDoctorResult } from "@parley/server/observe/doctor-result.ts";
import { isInMemory } from "@parley/server/observe/machine.ts";
import { LegacyClient } from "../support/legacy-client.ts";
import { root } from "../support/server-process.ts";
import { newNonce, newToken, startTestServer, type TestServer, WireClient } from "../support/test-server.ts";
import { Figures } from "./figures.ts";

const stages: TestServer[] = [];
const open = async (...args: Parameters<typeof startTestServer>) => {
  const server = await startTestServer(...args);
  stages.push(server);
  return server;
};
afterAll(async () => {
  for (const server of stages) await server.end();
});

test("a conversation changes the metrics as expected", async () => {
  const server = await open();
  const before = await Figures.read(server.url);
  expect(before.get("parley_connections", { phase: "live" })).toBe(0);
  expect(before.get("parley_resets_sent_total", { why: "epoch" })).toBe(0);

  const ann = new WireClient(server);
  await ann.join("Ann");
  const hasty = new WireClient(server);
  await hasty.send({ type: "ping" });
  await hasty.closed;
  const silent = new WireClient(server);
  await silent.send("not JSON");
  await silent.next("fault");
  const nonce = newNonce();
  const body = { kind: "send_message", room: LOBBY, text: "one" } as const;
  for (let times = 0; times < 2; times++) await ann.command(body, nonce);
  await ann.command({ kind: "join_room", room: LOBBY });
  await ann.command({ kind: "send_message", room: LOBBY, text: "two" });
  await ann.command({ ...body, room: newNonce() });
  await ann.send("not JSON");
  await ann.resume("another epoch", [{ feed: LOBBY, seq: 1, id: newNonce() }]);
  await ann.next("reset");
  await fetch(`${server.url}/api/v1/rooms/${LOBBY}/messages`, {
    headers: { authorization: `Bearer ${ann.token}` },
  });
  await fetch(`${server.url}/api/v1/me`);
  await fetch(`${server.url}/api/v1/nowhere`);
  await ann.settled();

  const during = await Figures.read(server.url);
  const command = (kind: string, outcome: string) => during.get("parley_commands_total", { kind, outcome });
  expect(during.get("parley_connections", { phase: "live" })).toBe(1);
  expect(during.get("parley_connections", { phase: "handshake" })).toBe(1);
  expect(command("send_message", "ok")).toBe(2);
  expect(command("send_message", "duplicate")).toBe(1);
  expect(command("send_message", "no_such_room")).toBe(1);
  // The first hello joins each user to the lobby.
  expect(command("join_room", "ok")).toBe(1);
  expect(command("join_room", "unchanged")).toBe(1);
  expect(during.get("parley_frames_received_total", { type: "hello" })).toBe(1);
  expect(during.get("parley_frames_received_total", { type: "command" })).toBe(5);
  expect(during.get("parley_frames_received_total", { type: "refused" })).toBe(2);
  expect(during.get("parley_faults_sent_total", { code: "hello_first" })).toBe(1);
  expect(during.get("parley_faults_sent_total", { code: "no_such_room" })).toBe(1);
  expect(during.get("parley_faults_sent_total", { code: "signed_out" })).toBe(1);
  expect(during.get("parley_faults_sent_total", { code: "no_such_address" })).toBe(1);
  expect(during.get("parley_resets_sent_total", { why: "epoch" })).toBe(1);
  // member_joined and room_added, then two messages.
  expect(during.get("parley_events_published_total")).toBe(4);
  expect(during.get("parley_fanout_frames_total")).toBeGreaterThanOrEqual(2);
  expect(during.get("parley_fanout_gap_repairs_total")).toBe(0);
  expect(during.get("parley_commit_duration_seconds_count")).toBe(6);
  expect(during.get("parley_commit_batch_commands_sum")).toBe(6);
  expect(during.get("parley_commit_duration_seconds_sum")).toBeGreaterThan(0);
  const messages = { method: "GET", route: "/api/v1/rooms/:room/messages", status: "200" };
  expect(during.get("parley_http_request_duration_seconds_count", messages)).toBe(1);
  const me = { method: "GET", route: "/api/v1/me", status: "401" };
  expect(during.get("parley_http_request_duration_seconds_count", me)).toBe(1);
  expect(during.get("parley_commands_waiting")).toBe(0);
  expect(during.get("parley_memory_bytes", { kind: "resident" })).toBeGreaterThan(1e6);
  expect(during.get("parley_descriptors", { kind: "open" })).toBeGreaterThan(5);
  expect(during.get("parley_store_bytes", { file: "log" })).toBeGreaterThan(0);
  expect(during.get("parley_disk_bytes", { kind: "free" })).toBeGreaterThan(0);
  expect(during.get("parley_memory_bytes", { kind: "limit" })).toBeGreaterThan(1e8);
  expect(during.get("parley_event_loop_lag_seconds_count")).toBeGreaterThan(0);

  ann.close();
  silent.close();
  await Promise.all([ann.closed, silent.closed]);
  const closed = (figures: Figures) =>
    figures.keys
      .filter((key) => key.startsWith("parley_connections_closed_total"))
      .reduce((sum, key) => sum + Number(figures.text.split(`${key} `)[1]?.split("\n")[0]), 0);
  let after = await Figures.read(server.url);
  // The server sees a close after the client.
  while (closed(after) < 3) after = await Figures.read(server.url);
  expect(after.get("parley_connections", { phase: "live" })).toBe(0);
  expect(after.get("parley_connections", { phase: "handshake" })).toBe(0);
  expect(after.get("parley_connections_opened_total")).toBe(3);
});

test("dropped connections are counted by reason", async () => {
  const server = await open();
  const large = new WireClient(server);
  await large.send("x".repeat(200_000));
  await large.closed;
  const first = new WireClient(server);
  await first.join("Ann");
  const second = new WireClient(server, first.token);
  second.device = first.device;
  await second.join();
  await first.closed;
  const figures = await Figures.read(server.url);
  expect(figures.get("parley_connections_closed_total", { code: "4409", name: "replaced" })).toBe(1);
  // The runtime closes with 1009 and reports only a lost connection to the server.
  expect(figures.get("parley_connections_closed_total", { code: "1006", name: "abnormal" })).toBe(1);
  expect(figures.get("parley_connections_dropped_total", { reason: "slow" })).toBe(0);
  expect(figures.get("parley_connections", { phase: "live" })).toBe(1);
  second.close();
});

test("the doctor's last result is a metric, and before the first run its time is 0", async () => {
  const server = await open();
  const before = await Figures.read(server.url);
  expect(before.get("parley_drift_rows", { by: "doctor" })).toBeUndefined();
  expect(before.get("parley_drift_examined_time_seconds", { by: "doctor" })).toBe(0);
  writeDoctorResult(server.dataDir, { at: 1_800_000_000_000, drift: 3, feeds: 12 });
  const figures = await Figures.read(server.url);
  expect(figures.get("parley_drift_rows", { by: "doctor" })).toBe(3);
  expect(figures.get("parley_drift_examined_time_seconds", { by: "doctor" })).toBe(1_800_000_000);
});

test("a rejected write is counted for every protocol", async () => {
  let full = false;
  const server = await open([], {
    store: (real) => ({
      ...real,
      commit: async (commands) =>
        full && commands.length > 0
          ? { verdicts: commands.map(() => fault("storage")), feeds: [] }
          : real.commit(commands),
    }),
  });
  const refused = async () =>
    (await Figures.read(server.url)).get("parley_faults_sent_total", { code: "storage" });
  const ann = new WireClient(server);
  await ann.join("Ann");
  const lobby = new LegacyClient(`ws://127.0.0.1:${server.port}/ws/Bob`);
  await lobby.untilType("user_list_update");
  expect(await refused()).toBe(0);
  full = true;
  await ann.command({ kind: "send_message", room: LOBBY, text: "one" });
  expect(await refused()).toBe(1);
  const rest = await fetch(`${server.url}/api/v1/rooms/${LOBBY}/messages`, {
    method: "POST",
    headers: { authorization: `Bearer ${ann.token}`, "content-type": "application/json" },
    body: JSON.stringify({ text: "two" }),
  });
  expect(rest.status).toBe(507);
  expect(await refused()).toBe(2);
  await lobby.send("three");
  await lobby.textThat((frame) => frame.includes("cannot write at the moment"));
  expect(await refused()).toBe(3);
  const made = await fetch(`${server.url}/api/chat/rooms`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name: "new" }),
  });
  expect(made.status).toBe(507);
  expect(await refused()).toBe(4);
  ann.close();
  lobby.close();
});

describe("access to the metrics", () => {
  const ask = (server: TestServer, headers: Record<string, string> = {}) =>
    fetch(`${server.url}/metrics`, { headers });

  test("without a token no request on the server's port: a proxy on this machine may forward any client", async () => {
    const server = await open(["--metrics-token", ""]);
    for (const headers of [{}, { "x-forwarded-for": "127.0.0.1" }, { authorization: "Bearer " }]) {
      const refused = await ask(server, headers);
      expect(refused.status).toBe(403);
      expect(await refused.text()).toContain("METRICS_TOKEN");
    }
    expect(server.metricsPort).toBeNull();
  });

  test("with a token every request that carries it", async () => {
    const token = newToken();
    const server = await open(["--metrics-token", token]);
    expect((await ask(server)).status).toBe(401);
    expect((await ask(server, { authorization: `Bearer ${token}x` })).status).toBe(401);
    const given = { authorization: `Bearer ${token}`, "x-forwarded-for": "192.0.2.1" };
    expect((await ask(server, given)).status).toBe(200);
  });

  test("on a separate port without a token, and nothing else there", async () => {
    const server = await open(["--metrics-token", "", "--metrics-listen", "127.0.0.1:0"]);
    const url = `http://127.0.0.1:${server.metricsPort}`;
    const answer = await fetch(`${url}/metrics`);
    expect([answer.status, answer.headers.get("content-type")]).toEqual([
      200,
      expect.stringContaining("version=0.0.4"),
    ]);
    expect(await answer.text()).toContain("parley_connections");
    for (const path of ["/", "/api/v1/server", "/metrics/x"])
      expect((await fetch(url + path)).status).toBe(404);
    expect((await fetch(`${url}/metrics`, { method: "POST" })).status).toBe(404);
    expect((await fetch(`${url}/metrics`, { headers: { host: "evil.example" } })).status).toBe(421);
    expect((await ask(server)).status).toBe(403);
    stages.splice(stages.indexOf(server), 1);
    await server.end();
    await expect(fetch(`${url}/metrics`)).rejects.toThrow();
  });

  test("no request when they are off", async () => {
    const server = await open(["--metrics", "off"]);
    expect((await ask(server)).status).toBe(404);
  });
});

describe("health", () => {
  const ask = async (server: TestServer, path: string) => {
    const response = await fetch(`${server.url}${path}`);
    return { status: response.status, body: await response.json() };
  };

  test("a running server reports its version", async () => {
    const server = await open();
    expect(await ask(server, "/healthz")).toEqual({
      status: 200,
      body: {
        status: "ok",
        version: expect.stringMatching(/^\d+\.\d+\.\d+/),
        durability: isInMemory(server.dataDir) ? "memory" : "fsync",
      },
    });
    expect(await ask(server, "/readyz")).toEqual({ status: 200, body: { ready: true } });
  });

  test("a store that does not answer makes the server not ready, and it keeps running", async () => {
    let hangs = false;
    let asked = 0;
    const server = await open([], {
      store: (real) => ({
        ...real,
        ping: () => {
          asked++;
          return hangs ? new Promise(() => {}) : real.ping();
        },
      }),
    });
    hangs = true;
    const all = await Promise.all([1, 2, 3].map(() => ask(server, "/readyz")));
    for (const said of all) expect(said).toEqual({ status: 503, body: { ready: false, why: "store" } });
    expect(asked).toBe(1);
    expect((await ask(server, "/healthz")).status).toBe(200);
  });
});

test("every metric named in a document for operators exists", async () => {
  const { helps } = await Figures.read((await open()).url);
  const operate = readFileSync(join(root, "docs/operate/README.md"), "utf8");
  const named = [...operate.matchAll(/parley_[a-z_]+/g)].map(([name]) =>
    name.replace(/_(bucket|count|sum)$/, ""),
  );
  expect(named.filter((name) => !helps.has(name))).toEqual([]);
  for (const name of helps.keys()) expect(name).toMatch(/^parley_[a-z_]+$/);
});
