import { afterEach, expect, test } from "bun:test";
import { openStage, SocketWithHeaders, type Stage } from "../wire/stage.ts";
import { ask, connect, echo, fresh, makeRoom, rawAt, roomFor, TONGUES } from "./tongues.ts";

const open: Stage[] = [];
afterEach(async () => {
  for (const stage of open.splice(0)) await stage.end();
});
async function stageWith(...flags: string[]): Promise<Stage> {
  const stage = await openStage(flags);
  open.push(stage);
  return stage;
}

/** The status of an upgrade at this address: 101 where a socket opens. */
async function upgraded(stage: Stage, path: string, headers: string[] = []): Promise<number> {
  const { client, head } = await ask(stage, path, headers);
  client.close();
  return Number(head.split(" ")[1]);
}

const SOCKETS = { lobby: "/ws/Ada", rooms: "/ws/Kitchen?username=Ada", chat: "/ws/chat/lobby?username=Ada" };
const ROUTES = { lobby: ["/users"], rooms: [], chat: ["/api/chat/rooms", "/api/chat/rooms/lobby/messages"] };
type Name = keyof typeof SOCKETS;
const NAMES: readonly Name[] = ["lobby", "rooms", "chat"];

test.each(["lobby,rooms,chat", "lobby", "rooms", "chat", "lobby,chat", "none"])(
  "DIALECTS=%s: what is on answers, the rest is not there",
  async (dialects) => {
    const stage = await stageWith("--dialects", dialects);
    for (const name of NAMES) {
      const on = dialects.split(",").includes(name);
      expect(await upgraded(stage, SOCKETS[name]), name).toBe(on ? 101 : 404);
      for (const route of ROUTES[name]) {
        const { status } = await fetch(stage.url + route);
        expect(status, route).toBe(on ? 200 : 404);
      }
    }
    const root = await fetch(stage.url, { headers: { accept: "application/json" } });
    expect(root.headers.get("content-type")?.startsWith("application/json")).toBe(dialects.includes("lobby"));
    // The native wire stays what it is.
    expect(await upgraded(stage, "/ws", ["Sec-WebSocket-Protocol: parley.v1"])).toBe(101);
    expect(await upgraded(stage, "/ws")).toBe(426);
  },
);

test("GUESTS=off closes the sockets of every wire and its REST, with 403 and why", async () => {
  const stage = await stageWith("--guests", "off");
  for (const path of Object.values(SOCKETS)) expect(await upgraded(stage, path), path).toBe(403);
  for (const route of Object.values(ROUTES).flat()) {
    const refused = await fetch(stage.url + route);
    expect([refused.status, await refused.json()], route).toEqual([403, { detail: expect.any(String) }]);
  }
  for (const method of ["POST", "DELETE"])
    expect((await fetch(`${stage.url}/api/chat/rooms`, { method })).status).toBe(403);
});

test("any origin may come, no cookie and no token is read, and no rate stands in the way of a socket without a name", async () => {
  const stage = await stageWith();
  const headers = {
    origin: "http://elsewhere.example",
    cookie: "session=x",
    authorization: "Bearer nonsense",
  };
  for (const tongue of TONGUES) {
    const client = connect(stage, tongue.path(fresh("Ada"), await roomFor(stage, tongue)), headers);
    await echo(client, tongue, fresh("from afar "));
    client.close();
  }
});

test("CORS: open to all at first, to those whom the operator names, or to nobody", async () => {
  const cors = async (stage: Stage, origin: string, init: RequestInit = {}, path = "/api/chat/rooms") => {
    const answer = await fetch(stage.url + path, { ...init, headers: { origin, ...init.headers } });
    await answer.body?.cancel();
    const { headers, status } = answer;
    expect(headers.get("access-control-allow-credentials")).toBeNull();
    return [status, headers.get("access-control-allow-origin")];
  };
  const preflight = { method: "OPTIONS", headers: { "access-control-request-method": "DELETE" } };
  const everybody = await stageWith();
  for (const path of ["/", "/users", "/api/chat/rooms", "/api/chat/rooms/lobby/messages"])
    expect(await cors(everybody, "http://a.example", {}, path), path).toEqual([200, "*"]);
  // An error's answer can be read, too.
  expect(await cors(everybody, "http://a.example", {}, "/api/chat/nowhere")).toEqual([404, "*"]);
  expect(await cors(everybody, "http://a.example", { method: "POST", body: "x" })).toEqual([422, "*"]);
  expect(await cors(everybody, "null")).toEqual([200, "*"]);
  const some = await stageWith("--dialect-origins", "http://a.example,http://b.example");
  expect(await cors(some, "http://b.example")).toEqual([200, "http://b.example"]);
  expect(await cors(some, "http://b.example", preflight)).toEqual([204, "http://b.example"]);
  expect(await cors(some, "http://c.example")).toEqual([200, null]);
  expect(await cors(some, "http://c.example", preflight)).toEqual([204, null]);
  // Sockets of pages likewise; a program names no origin.
  const socket = async (stage: Stage, headers: Record<string, string>) => {
    const client = new SocketWithHeaders(`ws://127.0.0.1:${stage.port}/ws/`, { headers });
    const opened = await new Promise((resolve) => {
      client.addEventListener("open", () => resolve(true));
      client.addEventListener("error", () => resolve(false));
    });
    client.close();
    return opened;
  };
  expect(await socket(everybody, { origin: "http://c.example" })).toBe(true);
  expect(await socket(some, { origin: "http://b.example" })).toBe(true);
  expect(await socket(some, { origin: `http://127.0.0.1:${some.port}` })).toBe(true);
  expect(await socket(some, {})).toBe(true);
  expect(await socket(some, { origin: "http://c.example" })).toBe(false);
  const nobody = await stageWith("--dialect-origins", "none");
  expect(await socket(nobody, { origin: "http://a.example" })).toBe(false);
  expect(await cors(nobody, "http://a.example")).toEqual([200, null]);
});

test("an address that is none of these wires answers 404 in their shape, and a page is still a page", async () => {
  const stage = await stageWith();
  for (const [method, path] of [
    ["GET", "/api/chat"],
    ["GET", "/api/chat/"],
    ["PUT", "/api/chat/rooms"],
    ["POST", "/users"],
  ] as const) {
    const answer = await fetch(stage.url + path, { method });
    expect([answer.status, await answer.json()], path).toEqual([404, { detail: "Not Found" }]);
  }
  for (const path of ["/ws/a/b", "/ws/chat/", "/ws/chat/lobby/x", "/ws/Ada/"])
    expect(await upgraded(stage, path), path).toBe(404);
  // Without an upgrade there is nothing to see.
  expect((await fetch(`${stage.url}/ws/Ada`)).status).toBe(404);
  const json = await fetch(stage.url);
  expect(json.headers.get("vary")).toContain("accept");
  expect(await json.json()).toEqual({ message: expect.any(String), status: "ok" });
  expect((await fetch(stage.url, { method: "HEAD" })).status).toBe(200);
  const page = await fetch(stage.url, { headers: { accept: "text/html,*/*;q=0.8" } });
  // 503 where the page is not built.
  expect([200, 503]).toContain(page.status);
  expect(page.headers.get("content-type")).not.toContain("json");
});

test("a server that ends closes everybody with 1012, also who is still coming in, and takes nobody new", async () => {
  const stage = await stageWith();
  const room = await makeRoom(stage, "Ends");
  const all = TONGUES.map((tongue) => ({
    tongue,
    client: connect(stage, tongue.path(fresh("Ada"), tongue.title === "B" ? "Ends" : room)),
  }));
  for (const { tongue, client } of all) await echo(client, tongue, fresh("begin "));
  // It waits for a holder that never answers.
  const silent = await rawAt(stage, "/ws/Silent");
  const coming = connect(stage, "/ws/Silent");
  await coming.opened;
  open.length = 0;
  const ended = stage.end();
  for (const client of [...all.map(({ client: one }) => one), coming])
    expect(await client.closed).toMatchObject({ code: 1012 });
  silent.close();
  await ended;
});
