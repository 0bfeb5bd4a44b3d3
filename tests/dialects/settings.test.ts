import { afterEach, expect, test } from "bun:test";
import {
  ask,
  connect,
  DIALECT_FIXTURES,
  echo,
  fresh,
  makeRoom,
  rawAt,
  roomFor,
} from "../support/dialect-fixtures.ts";
import { SocketWithHeaders, startTestServer, type TestServer, WireClient } from "../support/test-server.ts";

const open: TestServer[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await server.end();
});
async function serverWith(...flags: string[]): Promise<TestServer> {
  const server = await startTestServer(flags);
  open.push(server);
  return server;
}

/** The status of an upgrade at this address: 101 where a socket opens. */
async function upgraded(server: TestServer, path: string, headers: string[] = []): Promise<number> {
  const { client, head } = await ask(server, path, headers);
  client.close();
  return Number(head.split(" ")[1]);
}

const SOCKETS = { lobby: "/ws/Ada", rooms: "/ws/Kitchen?username=Ada", chat: "/ws/chat/lobby?username=Ada" };
const ROUTES = { lobby: ["/users"], rooms: [], chat: ["/api/chat/rooms", "/api/chat/rooms/lobby/messages"] };
type Name = keyof typeof SOCKETS;
const NAMES: readonly Name[] = ["lobby", "rooms", "chat"];

test.each(["lobby,rooms,chat", "lobby", "rooms", "chat", "lobby,chat", "none"])(
  "DIALECTS=%s: enabled dialects answer, the others have no addresses",
  async (dialects) => {
    const server = await serverWith("--dialects", dialects);
    for (const name of NAMES) {
      const on = dialects.split(",").includes(name);
      expect(await upgraded(server, SOCKETS[name]), name).toBe(on ? 101 : 404);
      for (const route of ROUTES[name]) {
        const { status } = await fetch(server.url + route);
        expect(status, route).toBe(on ? 200 : 404);
      }
    }
    const root = await fetch(server.url, { headers: { accept: "application/json" } });
    expect(root.headers.get("content-type")?.startsWith("application/json")).toBe(dialects.includes("lobby"));
    // The native protocol is not affected.
    expect(await upgraded(server, "/ws", ["Sec-WebSocket-Protocol: parley.v1"])).toBe(101);
    expect(await upgraded(server, "/ws")).toBe(426);
  },
);

test("GUESTS=off refuses the sockets of every dialect and its REST, with 403 and a reason", async () => {
  const server = await serverWith("--guests", "off");
  for (const path of Object.values(SOCKETS)) expect(await upgraded(server, path), path).toBe(403);
  for (const route of Object.values(ROUTES).flat()) {
    const refused = await fetch(server.url + route);
    expect([refused.status, await refused.json()], route).toEqual([403, { detail: expect.any(String) }]);
  }
  for (const method of ["POST", "DELETE"])
    expect((await fetch(`${server.url}/api/chat/rooms`, { method })).status).toBe(403);
});

test("any origin may connect, no cookie and no token is read, and no rate refuses a socket without a name", async () => {
  const server = await serverWith();
  const headers = {
    origin: "http://elsewhere.example",
    cookie: "session=x",
    authorization: "Bearer nonsense",
  };
  for (const dialect of DIALECT_FIXTURES) {
    const client = connect(server, dialect.path(fresh("Ada"), await roomFor(server, dialect)), headers);
    await echo(client, dialect, fresh("from afar "));
    client.close();
  }
});

/** The status for a page of this origin, and the origin that its browser lets read the answer. */
async function cors(
  server: TestServer,
  origin: string,
  init: RequestInit = {},
  path = "/api/chat/rooms",
): Promise<[number, string | null]> {
  const answer = await fetch(server.url + path, { ...init, headers: { origin, ...init.headers } });
  await answer.body?.cancel();
  const { headers, status } = answer;
  expect(headers.get("access-control-allow-credentials")).toBeNull();
  return [status, headers.get("access-control-allow-origin")];
}

const preflight = { method: "OPTIONS", headers: { "access-control-request-method": "DELETE" } };
const ROUTES_OF_ALL = ["/", "/users", "/api/chat/rooms", "/api/chat/rooms/lobby/messages"];

/** Whether a page of this origin gets a socket; without one: a program. */
async function socketFrom(server: TestServer, origin?: string): Promise<boolean> {
  const headers = origin === undefined ? {} : { origin };
  const client = new SocketWithHeaders(`ws://127.0.0.1:${server.port}/ws/`, { headers });
  const opened = await new Promise<boolean>((resolve) => {
    client.addEventListener("open", () => resolve(true));
    client.addEventListener("error", () => resolve(false));
  });
  client.close();
  return opened;
}

test("REST answers pages of the same host name on any port, and programs; other pages change and read nothing", async () => {
  const server = await serverWith();
  const old = "http://127.0.0.1:3000";
  for (const path of ROUTES_OF_ALL) expect(await cors(server, old, {}, path), path).toEqual([200, old]);
  // All names of this machine's own interface are one.
  for (const origin of ["http://localhost:3000", "http://[::1]:3000", server.url])
    expect(await cors(server, origin)).toEqual([200, origin]);
  expect(await cors(server, old, preflight)).toEqual([204, old]);
  // An error's answer can be read, too.
  expect(await cors(server, old, {}, "/api/chat/nowhere")).toEqual([404, old]);
  expect(await cors(server, old, { method: "POST", body: "x" })).toEqual([422, old]);
  const room = await makeRoom(server, fresh("Kept"));
  for (const origin of ["https://evil.example", "null", "http://127.0.0.2.evil.example", "file://", "x"]) {
    for (const path of ROUTES_OF_ALL)
      expect(await cors(server, origin, {}, path), origin).toEqual([403, null]);
    expect(await cors(server, origin, preflight)).toEqual([403, null]);
    expect(await cors(server, origin, { method: "DELETE" }, `/api/chat/rooms/${room}`)).toEqual([403, null]);
    // What a form can send without a preflight request.
    const form = { method: "POST", body: JSON.stringify({ name: "From a form" }) };
    expect(await cors(server, origin, { ...form, headers: { "content-type": "text/plain" } })).toEqual([
      403,
      null,
    ]);
    expect(await cors(server, origin, form)).toEqual([403, null]);
    expect(await socketFrom(server, origin), origin).toBe(true);
  }
  const names = ((await (await fetch(`${server.url}/api/chat/rooms`)).json()) as { name: string }[]).map(
    ({ name }) => name,
  );
  expect(names).not.toContain("From a form");
  expect(names.some((name) => name.startsWith("Kept"))).toBe(true);
});

test("DIALECT_ORIGINS: the listed origins, all, or only pages of the same host name", async () => {
  const all = await serverWith("--dialect-origins", "*");
  for (const path of ROUTES_OF_ALL)
    expect(await cors(all, "http://a.example", {}, path), path).toEqual([200, "*"]);
  expect(await cors(all, "null")).toEqual([200, "*"]);
  expect(await socketFrom(all, "http://c.example")).toBe(true);
  const some = await serverWith("--dialect-origins", "http://a.example,http://b.example");
  expect(await cors(some, "http://b.example")).toEqual([200, "http://b.example"]);
  expect(await cors(some, "http://b.example", preflight)).toEqual([204, "http://b.example"]);
  expect(await cors(some, "http://c.example")).toEqual([403, null]);
  expect(await cors(some, "http://c.example", preflight)).toEqual([403, null]);
  // Sockets of pages likewise; a program sends no origin.
  for (const origin of ["http://b.example", some.url, "http://127.0.0.1:3000", undefined])
    expect(await socketFrom(some, origin)).toBe(true);
  expect(await socketFrom(some, "http://c.example")).toBe(false);
  const none = await serverWith("--dialect-origins", "none");
  expect(await socketFrom(none, "http://a.example")).toBe(false);
  expect(await cors(none, "http://a.example")).toEqual([403, null]);
});

test("a room with members is not deleted by REST, however it was created", async () => {
  const server = await serverWith();
  const room = await makeRoom(server, fresh("Shared"));
  const remove = async () =>
    (await fetch(`${server.url}/api/chat/rooms/${room}`, { method: "DELETE" })).status;
  const native = new WireClient(server);
  await native.join(fresh("Member"));
  await native.command({ kind: "join_room", room });
  await native.command({ kind: "send_message", room, text: "mine" });
  expect(await remove()).toBe(403);
  await native.command({ kind: "leave_room", room });
  expect(await remove()).toBe(204);
  native.close();
});

test("an address of no dialect answers 404 in their format, and a page is still a page", async () => {
  const server = await serverWith();
  for (const [method, path] of [
    ["GET", "/api/chat"],
    ["GET", "/api/chat/"],
    ["PUT", "/api/chat/rooms"],
    ["POST", "/users"],
  ] as const) {
    const answer = await fetch(server.url + path, { method });
    expect([answer.status, await answer.json()], path).toEqual([404, { detail: "Not Found" }]);
  }
  for (const path of ["/ws/a/b", "/ws/chat/", "/ws/chat/lobby/x", "/ws/Ada/"])
    expect(await upgraded(server, path), path).toBe(404);
  // Without an upgrade there is nothing to see.
  expect((await fetch(`${server.url}/ws/Ada`)).status).toBe(404);
  const json = await fetch(server.url);
  expect(json.headers.get("vary")).toContain("accept");
  expect(await json.json()).toEqual({ message: expect.any(String), status: "ok" });
  expect((await fetch(server.url, { method: "HEAD" })).status).toBe(200);
  const page = await fetch(server.url, { headers: { accept: "text/html,*/*;q=0.8" } });
  // 503 where the page is not built.
  expect([200, 503]).toContain(page.status);
  expect(page.headers.get("content-type")).not.toContain("json");
});

test("a server that shuts down closes all clients with 1012, also those that are still entering, and accepts no new ones", async () => {
  const server = await serverWith();
  const room = await makeRoom(server, "Ends");
  const all = DIALECT_FIXTURES.map((dialect) => ({
    dialect,
    client: connect(server, dialect.path(fresh("Ada"), dialect.title === "B" ? "Ends" : room)),
  }));
  for (const { dialect, client } of all) await echo(client, dialect, fresh("begin "));
  // It waits for a holder that never answers.
  const silent = await rawAt(server, "/ws/Silent");
  const coming = connect(server, "/ws/Silent");
  await coming.opened;
  open.length = 0;
  const ended = server.end();
  for (const client of [...all.map(({ client: one }) => one), coming])
    expect(await client.closed).toMatchObject({ code: 1012 });
  silent.close();
  await ended;
});

test("LOBBY_FORMAT decides for the whole server, ?format= for one connection", async () => {
  for (const [flags, plain] of [
    [[], "json"],
    [["--lobby-format", "json"], "json"],
    [["--lobby-format", "text"], "text"],
  ] as const) {
    const server = await serverWith(...flags);
    for (const [query, format] of [
      ["", plain],
      ["?format=text", "text"],
      ["?format=json", "json"],
      ["?format=other", plain],
    ] as const) {
      const client = connect(server, `/ws/${fresh("Dora")}${query}`);
      const first = await client.text();
      expect({ flags, query, text: !first.startsWith("{") }).toEqual({
        flags,
        query,
        text: format === "text",
      });
      if (format === "text") {
        await client.send("hello");
        await client.textThat((frame) => frame.endsWith(": hello"));
      } else expect(JSON.parse(first)).toMatchObject({ type: "connection_established" });
      client.close();
      await client.closed;
    }
  }
});

test("a new server lists no room, then those that were created, in their order; the id of the lobby is valid", async () => {
  const server = await serverWith();
  const list = async () => (await fetch(`${server.url}/api/chat/rooms`)).json();
  expect(await list()).toEqual([]);
  const made = [];
  for (const name of ["One", "Two", "Three"]) made.push({ id: await makeRoom(server, name), name });
  expect(await list()).toMatchObject(made);
  expect(((await list()) as unknown[]).length).toBe(3);
  const ada = connect(server, "/ws/chat/lobby?username=Ada");
  await ada.send({ type: "message", content: "in the lobby" });
  await ada.untilType("message");
  const messages = await (await fetch(`${server.url}/api/chat/rooms/lobby/messages`)).json();
  expect(messages).toMatchObject([{ room_id: "lobby", content: "in the lobby" }]);
  expect((await fetch(`${server.url}/api/chat/rooms/lobby`, { method: "DELETE" })).status).toBe(403);
  ada.close();
});
