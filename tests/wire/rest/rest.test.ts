import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { directRoomId, LOBBY, type Message, type Page, type RoomId } from "@parley/protocol";
import { memberList, page as pageSchema, roomEntry, roomList } from "@parley/protocol/schemas";
import {
  newNonce,
  newToken,
  startTestServer,
  type TestServer,
  WireClient,
} from "../../support/test-server.ts";

let server: TestServer;
let ada: WireClient;
let bim: WireClient;
let eve: WireClient;
const ids = { ada: "", bim: "" };
const rooms = { open: newNonce(), hidden: newNonce(), direct: "" };

beforeAll(async () => {
  server = await startTestServer();
  [ada, bim, eve] = [new WireClient(server), new WireClient(server), new WireClient(server)];
  ids.ada = (await ada.join("Ada")).user.id;
  ids.bim = (await bim.join("Bim")).user.id;
  await eve.join("Eve");
  rooms.direct = directRoomId(ids.ada, ids.bim);
  await ada.command({
    kind: "create_room",
    room: rooms.open,
    room_kind: "public",
    name: "Open",
    topic: "All welcome",
  });
  await ada.command({
    kind: "create_room",
    room: rooms.hidden,
    room_kind: "private",
    name: "Hidden",
    members: [ids.bim],
  });
  await ada.command({ kind: "create_direct", room: rooms.direct, user: ids.bim });
  for (const room of Object.values(rooms)) await ada.command({ kind: "send_message", room, text: "hello" });
});
afterAll(() => server.end());

async function get(
  path: string,
  token: string | null,
): Promise<{ status: number; body: Record<string, unknown>; type: string }> {
  const headers = token === null ? {} : { authorization: `Bearer ${token}` };
  const answer = await fetch(`${server.url}/api/v1${path}`, { headers });
  const type = answer.headers.get("content-type") ?? "";
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown>, type };
}

describe("FT-6 reads by role", () => {
  const rows: [path: (room: RoomId) => string][] = [
    [(room) => `/rooms/${room}`],
    [(room) => `/rooms/${room}/messages`],
    [(room) => `/rooms/${room}/members`],
  ];
  for (const [path] of rows) {
    test(`FT-6 ${path(":room")}: no token 401, members 200, outsiders only in public rooms`, async () => {
      for (const [name, room] of Object.entries(rooms)) {
        expect((await get(path(room), null)).status, name).toBe(401);
        expect((await get(path(room), newToken())).status, name).toBe(401);
        expect((await get(path(room), ada.token)).status, name).toBe(200);
        expect((await get(path(room), bim.token)).status, name).toBe(200);
        const outside = await get(path(room), eve.token);
        expect(outside.status, name).toBe(name === "open" ? 200 : 404);
        if (name !== "open") expect(JSON.stringify(outside.body)).not.toContain("Hidden");
      }
      for (const room of [newNonce(), "kitchen", "..%2f..%2fetc", "%00"])
        expect((await get(path(room), ada.token)).status).toBe(404);
    });
  }
});

test("FT-6 a fault is problem+json with code, advice and final", async () => {
  const { body, type, status } = await get(`/rooms/${rooms.hidden}`, eve.token);
  expect(type).toContain("application/problem+json");
  expect(body).toMatchObject({
    type: "urn:parley:fault:no_such_room",
    status,
    code: "no_such_room",
    advice: "never",
    final: true,
  });
});

test("FT-6 wrong queries are refused with the field's name", async () => {
  const bad = [
    "limit=0",
    "limit=101",
    "limit=x",
    "before=-1",
    "before=1.5",
    "before=1&after=2",
    "around=9007199254740993",
  ];
  for (const query of bad) {
    const { status, body } = await get(`/rooms/${LOBBY}/messages?${query}`, ada.token);
    expect({ query, status, code: body.code }).toEqual({ query, status: 422, code: "invalid" });
  }
});

test("the list of rooms holds public ones and the own, with the peer of a direct one", async () => {
  const list = async (token: string) => roomList.parse((await get("/rooms", token)).body).rooms;
  const names = (await list(eve.token)).map(({ name }) => name);
  expect(names).toContain("Open");
  expect(names).toContain("Lobby");
  expect(names).not.toContain("Hidden");
  const own = await list(bim.token);
  expect(own.find(({ id }) => id === rooms.direct)).toMatchObject({
    kind: "direct",
    name: null,
    peer: { id: ids.ada, name: "Ada" },
  });
  expect(own.find(({ id }) => id === rooms.open)).toMatchObject({
    role: null,
    topic: "All welcome",
    members: 1,
  });
  expect(roomEntry.parse((await get(`/rooms/${rooms.hidden}`, bim.token)).body)).toMatchObject({
    role: "member",
    members: 2,
  });
});

test("members come with role and name", async () => {
  const { members } = memberList.parse((await get(`/rooms/${rooms.hidden}/members`, bim.token)).body);
  expect(members).toEqual([
    { id: ids.ada, name: "Ada", role: "owner" },
    { id: ids.bim, name: "Bim", role: "member" },
  ]);
});

test("EV-8 pages are contiguous in both directions and carry state, rev and as_of", async () => {
  const room = newNonce();
  await ada.command({ kind: "create_room", room, room_kind: "public", name: "Long" });
  const nonces = Array.from({ length: 25 }, newNonce);
  await Promise.all(
    nonces.map((nonce, index) => ada.command({ kind: "send_message", room, text: `n ${index}` }, nonce)),
  );
  await ada.command({ kind: "edit_message", room, message: nonces[3] ?? "", text: "n 3, edited" });
  await ada.command({ kind: "delete_message", room, message: nonces[4] ?? "" });
  const read = async (query: string) =>
    pageSchema.parse((await get(`/rooms/${room}/messages?${query}`, eve.token)).body) satisfies Page;
  const texts = ({ messages }: Page) => messages.map(({ text }: Message) => text);
  const last = await read("limit=10");
  expect(last).toMatchObject({ room, as_of: 29, has_before: true, has_after: false });
  const middle = await read(`limit=10&before=${last.messages[0]?.seq}`);
  const first = await read(`limit=10&before=${middle.messages[0]?.seq}`);
  expect(first).toMatchObject({ has_before: false, has_after: true });
  const all = [first, middle, last].flatMap(texts);
  expect(all).toEqual(
    Array.from({ length: 25 }, (_, index) => (index === 3 ? "n 3, edited" : index === 4 ? "" : `n ${index}`)),
  );
  expect(first.messages[3]).toMatchObject({
    rev: 28,
    edited_at: expect.any(Number),
    deleted: false,
    nonce: nonces[3],
  });
  expect(first.messages[4]).toMatchObject({ rev: 29, deleted: true, text: "" });
  expect(first.messages[2]).toMatchObject({ rev: first.messages[2]?.seq, edited_at: null });
  const forward = await read(`limit=10&after=${first.messages.at(-1)?.seq}`);
  expect(texts(forward)).toEqual([...texts(middle), ...texts(last)].slice(0, 10));
  const around = await read(`limit=5&around=${middle.messages[0]?.seq}`);
  expect(around.messages.map(({ seq }: Message) => seq)).toContain(middle.messages[0]?.seq as number);
  expect(around).toMatchObject({ has_before: true, has_after: true });
});

test("HS-4 signing in over HTTP is the same guest; bad bodies and taken names are refused", async () => {
  const post = async (body: unknown) => {
    const answer = await fetch(`${server.url}/api/v1/guests`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: typeof body === "string" ? body : JSON.stringify(body),
    });
    return { status: answer.status, body: (await answer.json()) as { id?: string; code?: string } };
  };
  const token = newToken();
  const first = await post({ name: "Rest", token });
  expect(first.status).toBe(201);
  expect(await post({ name: "Rest", token })).toEqual({ status: 200, body: first.body });
  expect((await new WireClient(server, token).hello()).user.id).toBe(first.body.id as string);
  expect(await post({ name: "Rest", token: newToken() })).toMatchObject({
    status: 409,
    body: { code: "name_taken" },
  });
  for (const bad of ["", "[", {}, { name: "X" }, { name: "", token }, { name: "X", token: "short" }]) {
    expect((await post(bad)).status).toBe(422);
  }
});

test("FT-6 an unknown path is 404 with the same problem+json, whatever the method", async () => {
  expect(await get("/nothing", ada.token)).toMatchObject({ status: 404, body: { code: "no_such_address" } });
  for (const [method, path] of [
    ["DELETE", "/api/v1/rooms"],
    ["POST", "/nothing"],
  ] as const) {
    const headers = { authorization: `Bearer ${ada.token}` };
    const answer = await fetch(`${server.url}${path}`, { method, headers });
    expect({ status: answer.status, ...(await answer.json()) }).toMatchObject({
      status: 404,
      code: "no_such_address",
    });
  }
});

test("every answer carries the security headers, and an unknown path is a plain 404", async () => {
  for (const path of ["/", "/healthz", "/api/v1/rooms", "/nothing", "/assets/../../package.json"]) {
    const answer = await fetch(`${server.url}${path}`);
    expect(answer.headers.get("content-security-policy"), path).toContain("default-src 'none'");
    expect(answer.headers.get("x-content-type-options"), path).toBe("nosniff");
    if (path.includes("nothing") || path.includes("..")) expect(answer.status, path).toBe(404);
  }
  expect(await (await fetch(`${server.url}/healthz`)).json()).toMatchObject({
    status: "ok",
    durability: "fsync",
  });
});
