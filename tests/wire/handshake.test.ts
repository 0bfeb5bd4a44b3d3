import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { closeAdvice, LOBBY, SUBPROTOCOL, userFeed } from "@parley/protocol";
import {
  newNonce,
  newToken,
  SocketWithHeaders,
  startTestServer,
  type TestServer,
  WireClient,
} from "../support/test-server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.end());

const hello = (token: string, name?: string) => ({
  type: "hello",
  token,
  device: "d",
  ...(name ? { name } : {}),
});

/** What an upgrade request is answered with. */
async function upgrade(headers: Record<string, string>): Promise<number> {
  const base = { connection: "Upgrade", upgrade: "websocket", "sec-websocket-version": "13" };
  const key = Buffer.from("0123456789abcdef").toString("base64");
  const answer = await fetch(`${server.url}/ws`, {
    headers: { ...base, "sec-websocket-key": key, ...headers },
  });
  return answer.status;
}

test("HS-1 without the subprotocol 426, whatever the origin", async () => {
  expect(await upgrade({})).toBe(426);
  expect(await upgrade({ "sec-websocket-protocol": "chat" })).toBe(426);
  expect(await upgrade({ origin: "https://elsewhere.example" })).toBe(426);
});

test("HS-1 a page of a foreign origin is closed with 4406, and nothing that it sends is read", async () => {
  for (const origin of ["https://elsewhere.example", "null", `${server.url}.evil.example`]) {
    const client = new WireClient(server, newToken(), { origin });
    await client.opened;
    await client.send(hello(client.token, `Page of ${origin.length}`));
    const { code, reason } = await client.closed;
    expect({ origin, code }).toEqual({ origin, code: 4406 });
    expect(reason).toContain("ALLOWED_ORIGINS");
    expect(client.frames).toEqual([]);
    // No guest was made of it.
    const again = new WireClient(server, client.token);
    await again.send(hello(client.token));
    expect((await again.next("fault")).code).toBe("name_needed");
    again.close();
  }
  expect(closeAdvice(4406)).toBe("stop");
});

test("HS-1 the subprotocol is echoed, also when it is not the first one offered; the own origin is allowed", async () => {
  const socket = new SocketWithHeaders(`ws://127.0.0.1:${server.port}/ws`, {
    protocols: ["other", SUBPROTOCOL],
    headers: { origin: server.url },
  });
  await new Promise((resolve, reject) => {
    socket.addEventListener("open", resolve);
    socket.addEventListener("error", reject);
  });
  expect(socket.protocol).toBe(SUBPROTOCOL);
  socket.close();
});

test("HS-2 a frame before hello gets hello_first and 1002", async () => {
  for (const frame of [
    { type: "ping" },
    { type: "command", request: 1, nonce: newNonce(), kind: "join_room", room: LOBBY },
  ]) {
    const client = new WireClient(server);
    await client.send(frame);
    expect((await client.next("fault")).code).toBe("hello_first");
    expect((await client.closed).code).toBe(1002);
  }
});

test("HS-2 the token may be sent in the Authorization header instead", async () => {
  const token = newToken();
  const client = new WireClient(server, token, { authorization: `Bearer ${token}` });
  await client.send({ type: "hello", device: "bot", name: "Header Bot" });
  expect((await client.next("welcome")).user.name).toBe("Header Bot");
  client.close();
});

test("HS-2 a hello without a token gets signed_out", async () => {
  const client = new WireClient(server);
  await client.send({ type: "hello", device: "d", name: "Nameless" });
  expect((await client.next("fault")).code).toBe("signed_out");
  expect((await client.closed).code).toBe(4401);
});

test("HS-4 the same token is the same guest, with its name or without", async () => {
  const token = newToken();
  const first = await new WireClient(server, token).hello("Ida");
  const again = await new WireClient(server, token).hello("ida");
  const nameless = await new WireClient(server, token).hello();
  expect([again.user, nameless.user]).toEqual([first.user, first.user]);
});

test("HS-4 a name in use, another name for a token, no name: refused with a text, then 4401", async () => {
  const token = newToken();
  await new WireClient(server, token).hello("Greta");
  const cases = [
    { frame: hello(newToken(), "GRETA"), code: "name_taken" },
    { frame: hello(token, "Gregor"), code: "name_differs" },
    { frame: hello(newToken()), code: "name_needed" },
  ];
  for (const { frame, code } of cases) {
    const client = new WireClient(server);
    await client.send(frame);
    const fault = await client.next("fault");
    expect(fault).toMatchObject({ code, advice: "sign_in", final: true });
    expect(fault.text.length).toBeGreaterThan(10);
    expect((await client.closed).code).toBe(4401);
  }
});

test("HS-4 of many concurrent sign-ins with one name exactly one succeeds", async () => {
  const clients = Array.from({ length: 20 }, () => new WireClient(server));
  const answers = await Promise.all(
    clients.map(async (client) => {
      await client.send(hello(client.token, "Highlander"));
      return Promise.race([client.next("welcome"), client.next("fault")]);
    }),
  );
  expect(answers.filter(({ type }) => type === "welcome")).toHaveLength(1);
  for (const client of clients) client.close();
});

test("HS-5 a new guest is a member of the lobby at the welcome, once, also with two concurrent hellos", async () => {
  const token = newToken();
  const [one, two] = await Promise.all(
    [new WireClient(server, token), new WireClient(server, token)].map((c) => c.hello("Jo")),
  );
  for (const welcome of [one, two]) {
    expect(welcome?.feeds.map(({ feed }) => feed).sort()).toEqual(
      [LOBBY, userFeed(one?.user.id ?? "")].sort(),
    );
  }
  const watcher = new WireClient(server);
  const { epoch } = await watcher.hello("Watcher");
  await watcher.resume(epoch, [{ feed: LOBBY, seq: 0, id: newNonce() }]);
  await watcher.event(LOBBY, (event) => event.kind === "member_joined" && event.user_name === "Watcher");
  const joins = watcher
    .events(LOBBY)
    .filter((event) => event.kind === "member_joined" && event.user_name === "Jo");
  expect(joins).toHaveLength(1);
});

test("HS-6 the welcome has the user, the epoch, the limits and the head of each feed", async () => {
  const welcome = await new WireClient(server).hello("Kim");
  expect(welcome.limits.text).toBe(8_000);
  expect(welcome.heartbeat).toBeGreaterThan(0);
  expect(welcome.more).toBe(false);
  const lobby = welcome.feeds.find(({ feed }) => feed === LOBBY);
  expect(lobby).toMatchObject({
    state: "listed",
    floor: 0,
    room: { id: LOBBY, kind: "public", role: "member" },
  });
  expect(lobby?.head).toBeGreaterThan(0);
});

test("HS-6 more than 200 feeds come in several frames, all of them", async () => {
  const token = newToken();
  const client = new WireClient(server, token);
  await client.join("Collector");
  const rooms = Array.from({ length: 210 }, () => newNonce());
  await Promise.all(
    rooms.map((room, index) =>
      client.command({ kind: "create_room", room, room_kind: "private", name: `Room ${index}` }),
    ),
  );
  const again = new WireClient(server, token);
  const welcome = await again.hello();
  expect(welcome.feeds).toHaveLength(200);
  expect(welcome.more).toBe(true);
  const rest = await again.next("feeds");
  expect(rest.more ?? false).toBe(false);
  const all = [...welcome.feeds, ...rest.feeds].map(({ feed }) => feed);
  expect(new Set(all).size).toBe(212);
  for (const room of rooms) expect(all).toContain(room);
});

test("HS-7 a second hello gets second_hello and 1002", async () => {
  const client = new WireClient(server);
  await client.hello("Lena");
  await client.send(hello(client.token, "Lena"));
  expect((await client.next("fault")).code).toBe("second_hello");
  expect((await client.closed).code).toBe(1002);
});

test("HS-8 ping gets pong", async () => {
  const client = new WireClient(server);
  await client.hello("Mia");
  await client.settled();
  client.close();
});

test("HS-9 the server says when to reconnect and closes with 1012; nothing acknowledged is lost", async () => {
  const other = await startTestServer();
  const client = new WireClient(other);
  await client.join("Nora");
  const ack = await client.command({ kind: "send_message", room: LOBBY, text: "last words" });
  expect(ack).toMatchObject({ events: [{ feed: LOBBY }] });
  const ended = other.end();
  expect((await client.next("drain")).reconnect_within).toBeGreaterThanOrEqual(0);
  expect((await client.closed).code).toBe(1012);
  await ended;
});

test("HS-9 a drain ends while clients go on sending, and what was acknowledged is stored", async () => {
  const folder = mkdtempSync(join(tmpdir(), "parley-drain-"));
  const flags = ["--data-dir", folder];
  const first = await startTestServer(flags);
  const acked = new Set<string>();
  const chatters = await Promise.all(
    Array.from({ length: 8 }, async (_, index) => {
      const client = new WireClient(first);
      await client.join(`Chatter ${index}`);
      return client;
    }),
  );
  let over = false;
  const talking = chatters.map(async (client) => {
    void client.closed.then(() => {
      over = true;
    });
    while (!over) {
      const nonce = newNonce();
      const answer = await Promise.race([
        client.command({ kind: "send_message", room: LOBBY, text: "still talking" }, nonce),
        client.closed,
      ]);
      if ("events" in answer) acked.add(nonce);
      else if (!("type" in answer)) return;
      else expect(answer).toMatchObject({ code: "draining", final: false });
    }
  });
  await chatters[0]?.event(LOBBY, ({ kind }) => kind === "message_sent");
  await first.stop();
  await Promise.all(talking);
  for (const client of chatters) expect((await client.closed).code).toBe(1012);
  expect(acked.size).toBeGreaterThan(0);
  const second = await startTestServer(flags);
  const reader = new WireClient(second);
  const { epoch, feeds } = await reader.hello("Reader");
  const head = feeds.find(({ feed }) => feed === LOBBY)?.head ?? 0;
  await reader.resume(epoch, [{ feed: LOBBY, seq: 0, id: newNonce() }]);
  await reader.event(LOBBY, ({ seq }) => seq === head);
  const stored = new Set(reader.events(LOBBY).map(({ nonce }) => nonce));
  for (const nonce of acked) expect(stored.has(nonce)).toBe(true);
  await second.end();
  rmSync(folder, { recursive: true, force: true });
});

test("HS-10 a hello of the same device ends the older session, one of another device does not", async () => {
  const [first, other, second] = [0, 1, 2].map(() => new WireClient(server, sameToken));
  if (!first || !other || !second) throw new Error("unreachable");
  first.device = second.device = "phone";
  await first.hello("Olga");
  await other.hello();
  await second.hello();
  expect((await first.closed).code).toBe(4409);
  await Promise.all([other.settled(), second.settled()]);
});

const sameToken = newToken();

test("HS-4 with guests off, a known token signs in and a new one is refused", async () => {
  const folder = mkdtempSync(join(tmpdir(), "parley-guests-"));
  const token = newToken();
  const open = await startTestServer(["--data-dir", folder]);
  await new WireClient(open, token).hello("Early");
  await open.stop();
  const closed = await startTestServer(["--data-dir", folder, "--guests", "off"]);
  expect((await new WireClient(closed, token).hello()).user.name).toBe("Early");
  const late = new WireClient(closed);
  await late.send(hello(late.token, "Late"));
  expect(await late.next("fault")).toMatchObject({ code: "guests_off", final: true });
  expect((await late.closed).code).toBe(4401);
  const body = JSON.stringify({ name: "Late", token: newToken() });
  const answer = await fetch(`${closed.url}/api/v1/guests`, { method: "POST", body });
  expect({ status: answer.status, ...(await answer.json()) }).toMatchObject({
    status: 403,
    code: "guests_off",
  });
  await closed.end();
  rmSync(folder, { recursive: true, force: true });
});
