import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BusState } from "@parley/server/bus/bus.ts";
import { openSqliteStore } from "@parley/server/store/sqlite/sqlite.ts";
import type { Store } from "@parley/server/store/store.ts";
import { newToken, startTestServer, type TestServer, WireClient } from "../support/test-server.ts";

const STORED = { events: [{ feed: "lobby" }] };

/** Two servers over one store that do not hear each other at all. */
describe("one session a device, over servers that cannot reach each other", () => {
  const dataDir = mkdtempSync(join(tmpdir(), "parley-devices-"));
  let store: Store;
  let servers: [TestServer, TestServer];
  beforeAll(async () => {
    store = await openSqliteStore({
      dataDir,
      onFatal(error) {
        throw error;
      },
    });
    const start = () =>
      startTestServer([], {
        store: (real) => ({ ...store, close: () => real.close() }),
        bus: (real) => ({ ...real, state: (): BusState => "disconnected" }),
      });
    servers = [await start(), await start()];
  });
  afterAll(async () => {
    for (const server of servers) await server.end();
    await store.close();
    rmSync(dataDir, { recursive: true, force: true });
  });

  const say = (client: WireClient, text: string, nonce?: string) =>
    client.command({ kind: "send_message", room: "lobby", text }, nonce);
  const texts = async () => {
    const page = await store.page("lobby", { limit: 50 }, "node");
    return "messages" in page ? page.messages.map(({ text }) => text) : [];
  };

  /** Two sockets of one device, the second one later, each at its own server. */
  async function twice(name: string, between: (old: WireClient) => Promise<unknown> = async () => {}) {
    const token = newToken();
    const [old, young] = servers.map((server) => new WireClient(server, token)) as [WireClient, WireClient];
    young.device = old.device;
    await old.join(name);
    await between(old);
    await young.join();
    return { old, young };
  }

  test("P5 HS-10 what the older session still sends is refused after the newer one's first command", async () => {
    const { old, young } = await twice("Ada", (client) => say(client, "first"));
    // Not before: nothing has been stored that it could come behind.
    expect(await say(old, "still first")).toMatchObject(STORED);
    const nonce = Bun.randomUUIDv7();
    expect(await say(young, "second", nonce)).toMatchObject(STORED);
    expect(await say(old, "late")).toMatchObject({ type: "fault", code: "newer_session", final: false });
    expect(await old.closed).toMatchObject({ code: 4409 });
    expect(await say(young, "second", nonce)).toMatchObject({ duplicate: true });
    expect(await texts()).toEqual(["first", "still first", "second"]);
    young.close();
  });

  test("P5 HS-10 a session that another one of the same generation was faster than connects again", async () => {
    const before = (await texts()).length;
    const { old, young } = await twice("Bim");
    expect(await say(old, "faster")).toMatchObject(STORED);
    expect(await say(young, "mine")).toMatchObject({ code: "newer_session" });
    expect(await young.closed).toMatchObject({ code: 1012 });
    const again = new WireClient(servers[1], young.token);
    again.device = young.device;
    await again.join();
    expect(await say(again, "mine")).toMatchObject(STORED);
    expect(await say(old, "late")).toMatchObject({ code: "newer_session" });
    expect((await texts()).slice(before)).toEqual(["faster", "mine"]);
    again.close();
  });

  test("P5 another device of the user is not affected", async () => {
    const { old, young } = await twice("Cleo", (client) => say(client, "by the phone"));
    const desk = new WireClient(servers[0], young.token);
    await desk.join();
    await say(young, "by the phone");
    expect(await say(desk, "by the desk")).toMatchObject(STORED);
    for (const client of [old, young, desk]) client.close();
  });
});
