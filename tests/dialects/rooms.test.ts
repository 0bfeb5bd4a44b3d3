import { afterAll, beforeAll, expect, test } from "bun:test";
import { LegacyClient } from "../support/legacy-client.ts";
import { newNonce, startTestServer, type TestServer, WireClient } from "../support/test-server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.end());

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
let count = 0;
const fresh = (name: string) => `${name}${++count}`;
const socket = (path: string) => new LegacyClient(`ws://127.0.0.1:${server.port}${path}`);
const chat = (path = "", init?: RequestInit) => fetch(`${server.url}/api/chat/rooms${path}`, init);
const post = (body: unknown) =>
  chat("", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });

async function madeRoom(name: string): Promise<string> {
  const answer = await post({ name });
  expect(answer.status).toBe(201);
  return ((await answer.json()) as { id: string }).id;
}

test("B naming a room creates it; all clients in it get messages and nothing else", async () => {
  const room = fresh("Kitchen");
  const alice = socket(`/ws/${room}?username=Alice`);
  await alice.send({ content: "Hello world!" });
  expect(await alice.json()).toEqual({
    type: "message",
    username: "Alice",
    content: "Hello world!",
    timestamp: expect.stringMatching(ISO),
  });
  const bob = socket(`/ws/${room.toLowerCase()}?username=Bob`);
  await bob.send({ content: "hi" });
  for (const client of [alice, bob])
    expect(await client.json()).toMatchObject({ username: "Bob", content: "hi" });
  expect(bob.frames).toHaveLength(1);
  const rooms = (await (await chat()).json()) as { name: string }[];
  expect(rooms.filter(({ name }) => name === room)).toHaveLength(1);
});

test("B bad frames get an error, nothing is lost", async () => {
  const alice = socket(`/ws/${fresh("Room")}?username=Alice`);
  for (const bad of [
    '{"content":',
    "[]",
    "{}",
    '{"content":7}',
    '{"content":""}',
    { content: "x".repeat(8_001) },
  ]) {
    await alice.send(bad);
    expect(await alice.json()).toEqual({ type: "error", message: expect.any(String) });
  }
  await alice.send({ content: "fine" });
  expect(await alice.json()).toMatchObject({ content: "fine" });
});

test("B a name in use in that room is refused, in another room it is not", async () => {
  const [one, two] = [fresh("Room"), fresh("Room")];
  const alice = socket(`/ws/${one}?username=Alice`);
  await alice.send({ content: "first" });
  await alice.json();
  expect(await socket(`/ws/${one}?username=alice`).closed).toEqual({
    code: 1008,
    reason: "Username 'alice' is already taken.",
  });
  const other = socket(`/ws/${two}?username=Alice`);
  await other.send({ content: "second" });
  expect(await other.json()).toMatchObject({ username: "Alice" });
  expect((await socket(`/ws/${"r".repeat(65)}?username=Zed`).closed).code).toBe(1008);
  expect((await socket(`/ws/${one}?username=`).closed).code).toBe(1008);
});

test("E rooms by REST: created once, listed in order, deleted", async () => {
  const [one, two] = [fresh("General"), fresh("General")];
  const made = await post({ name: one });
  expect([made.status, await made.json()]).toEqual([
    201,
    { id: expect.any(String), name: one, created_at: expect.stringMatching(ISO) },
  ]);
  const again = await post({ name: one });
  expect([again.status, await again.json()]).toEqual([400, { detail: `Room '${one}' already exists` }]);
  for (const bad of ["not json", "[]", "{}", { name: 7 }, { name: "" }, { name: "x".repeat(65) }, "null"]) {
    const answer = await post(bad);
    expect(answer.status, String(bad)).toBe(422);
    expect(await answer.json()).toEqual({ detail: expect.anything() });
  }
  const id = await madeRoom(two);
  const names = ((await (await chat()).json()) as { name: string }[]).map(({ name }) => name);
  expect(names).not.toContain("Lobby");
  expect(names.slice(-2)).toEqual([one, two]);
  expect((await chat(`/${id}`, { method: "DELETE" })).status).toBe(204);
  const gone = await chat(`/${id}`, { method: "DELETE" });
  expect([gone.status, await gone.json()]).toEqual([404, { detail: "Room not found" }]);
  expect((await chat(`/${id}/messages`)).status).toBe(404);
  expect((await chat("/lobby", { method: "DELETE" })).status).toBe(403);
});

test("E a room: join, list, message, typing, leave, in this order", async () => {
  const room = await madeRoom(fresh("Talk"));
  const ada = socket(`/ws/chat/${room}?username=Ada`);
  expect(await ada.json()).toEqual({ type: "join", username: "Ada", timestamp: expect.stringMatching(ISO) });
  expect(await ada.json()).toEqual({ type: "user_list", users: ["Ada"] });
  const bim = socket(`/ws/chat/${room}?username=Bim`);
  for (const client of [ada, bim]) {
    expect(await client.json()).toMatchObject({ type: "join", username: "Bim" });
    expect(await client.json()).toEqual({ type: "user_list", users: ["Ada", "Bim"] });
  }
  await ada.send({ type: "typing", is_typing: true });
  for (const client of [ada, bim]) expect(await client.json()).toEqual({ type: "typing", users: ["Ada"] });
  await ada.send({ type: "typing", is_typing: false });
  for (const client of [ada, bim]) expect(await client.json()).toEqual({ type: "typing", users: [] });
  await ada.send({ type: "typing", is_typing: true });
  await ada.send({ type: "message", content: "hello" });
  for (const client of [ada, bim]) {
    expect(await client.json()).toEqual({ type: "typing", users: ["Ada"] });
    expect(await client.json()).toEqual({ type: "typing", users: [] });
    expect(await client.json()).toEqual({
      type: "message",
      id: expect.any(String),
      room_id: room,
      username: "Ada",
      content: "hello",
      timestamp: expect.stringMatching(ISO),
    });
  }
  bim.close();
  expect(await ada.json()).toMatchObject({ type: "leave", username: "Bim" });
  expect(await ada.json()).toEqual({ type: "user_list", users: ["Ada"] });
  for (const bad of [
    "x",
    "{}",
    { type: "shout" },
    { type: "message" },
    { type: "typing", is_typing: "yes" },
  ]) {
    await ada.send(bad);
    expect(await ada.json()).toEqual({ type: "error", message: expect.any(String) });
  }
});

test("E messages by REST, oldest first, with limit and before", async () => {
  const room = await madeRoom(fresh("History"));
  const ada = socket(`/ws/chat/${room}?username=Ada`);
  for (let i = 0; i < 30; i++) {
    await ada.send({ type: "message", content: `m${i}` });
    await ada.until(({ content }) => content === `m${i}`);
  }
  const messages = async (query: string) =>
    (await (await chat(`/${room}/messages${query}`)).json()) as { id: string; content: string }[];
  const all = await messages("");
  expect(all.map(({ content }) => content)).toEqual(Array.from({ length: 30 }, (_, i) => `m${i}`));
  expect(all[0]).toEqual({
    id: expect.any(String),
    room_id: room,
    username: "Ada",
    content: "m0",
    timestamp: expect.stringMatching(ISO),
  } as never);
  expect((await messages("?limit=3")).map(({ content }) => content)).toEqual(["m27", "m28", "m29"]);
  const before = await messages(`?limit=2&before=${all[10]?.id}`);
  expect(before.map(({ content }) => content)).toEqual(["m8", "m9"]);
  for (const bad of ["?limit=0", "?limit=501", "?limit=x", "?before=nope"]) {
    expect((await chat(`/${room}/messages${bad}`)).status, bad).toBe(422);
  }
  expect((await chat("/nope/messages")).status).toBe(404);
});

test("E an unknown room refuses the upgrade, a deleted one closes its clients while they write", async () => {
  for (const unknown of [newNonce(), "nope"]) {
    const answer = await fetch(`${server.url}/ws/chat/${unknown}?username=Ada`, {
      headers: { connection: "Upgrade", upgrade: "websocket" },
    });
    expect(answer.status).toBe(404);
  }
  const room = await madeRoom(fresh("Doomed"));
  const clients = ["Ada", "Bim"].map((name) => socket(`/ws/chat/${room}?username=${name}`));
  for (const client of clients) await client.untilType("user_list");
  let writing = true;
  const writer = (async () => {
    while (writing) {
      await clients[0]?.send({ type: "message", content: "more" });
      await clients[0]?.json();
    }
  })();
  writer.catch(() => {});
  expect((await chat(`/${room}`, { method: "DELETE" })).status).toBe(204);
  for (const client of clients) expect(await client.closed).toMatchObject({ code: 1001 });
  writing = false;
});

test("E rooms of users with an account cannot be deleted by REST, and private ones are not visible", async () => {
  const native = new WireClient(server);
  await native.join(fresh("Owner"));
  const make = async (kind: "public" | "private") => {
    const room = newNonce();
    await native.command({ kind: "create_room", room, room_kind: kind, name: fresh("Mine") });
    return room;
  };
  const [open, hidden] = [await make("public"), await make("private")];
  expect((await chat(`/${open}`, { method: "DELETE" })).status).toBe(403);
  expect((await chat(`/${hidden}`, { method: "DELETE" })).status).toBe(404);
  expect((await chat(`/${hidden}/messages`)).status).toBe(404);
  const listed = (await (await chat()).json()) as { id: string }[];
  expect(listed.map(({ id }) => id)).toContain(open);
  expect(listed.map(({ id }) => id)).not.toContain(hidden);
});

test("REST accepts a page of the same host name, reads no credential, and distinguishes a browser from a script at /", async () => {
  const preflight = await chat("", {
    method: "OPTIONS",
    headers: { origin: "http://localhost:3000", "access-control-request-method": "POST" },
  });
  expect(preflight.status).toBe(204);
  expect(preflight.headers.get("access-control-allow-origin")).toBe("http://localhost:3000");
  expect((await chat()).headers.get("access-control-allow-origin")).toBeNull();
  expect((await chat()).headers.get("access-control-allow-credentials")).toBeNull();
  const script = await fetch(server.url, { headers: { accept: "application/json" } });
  expect(await script.json()).toMatchObject({ status: "ok", message: expect.any(String) });
  const users = (await (await fetch(`${server.url}/users`)).json()) as { users: unknown[] };
  expect(users.users).toBeArray();
});

test("GUESTS=off disables the dialects and their REST", async () => {
  const closed = await startTestServer(["--guests", "off"]);
  try {
    for (const path of ["/api/chat/rooms", "/users"])
      expect((await fetch(`${closed.url}${path}`)).status).toBe(403);
    const upgrade = await fetch(`${closed.url}/ws/Ada`, {
      headers: { connection: "Upgrade", upgrade: "websocket" },
    });
    expect(upgrade.status).toBe(403);
  } finally {
    await closed.end();
  }
});
