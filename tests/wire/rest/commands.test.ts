import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { LOBBY } from "@parley/protocol";
import {
  guest,
  history,
  memberList,
  message,
  opened,
  page,
  performed,
  person,
  posted,
  readList,
  roomList,
  roomOnline,
  roomStanding,
  serverInfo,
  userList,
} from "@parley/protocol/schemas";
import { RestClient, refusal } from "../../support/rest-client.ts";
import { newNonce, startTestServer, type TestServer, WireClient } from "../../support/test-server.ts";

let server: TestServer;
let ada: RestClient;
let bim: RestClient;
let eve: RestClient;
beforeAll(async () => {
  server = await startTestServer();
  [ada, bim, eve] = await Promise.all([
    RestClient.guest(server, "Ada"),
    RestClient.guest(server, "Bim"),
    RestClient.guest(server, "Eve"),
  ]);
});
afterAll(() => server.end());

describe("HT-1 rooms", () => {
  test("HT-1 a room is made with 201 and Location, read, renamed, archived, opened and deleted", async () => {
    const made = await ada.call("POST", "/rooms", {
      kind: "public",
      name: "Works",
      topic: "One",
      members: [],
    });
    expect(made.status).toBe(201);
    const { id, events, nonce } = opened.parse(made.body);
    expect(made.headers.get("location")).toBe(`/api/v1/rooms/${id}`);
    expect(events[0]).toMatchObject({ feed: id, seq: 1 });
    expect(nonce).toMatch(/^[0-9a-f-]{36}$/);
    const read = async () => roomStanding.parse((await ada.get(`/rooms/${id}`)).body);
    expect(await read()).toMatchObject({
      name: "Works",
      topic: "One",
      role: "owner",
      head: 2,
      archived: false,
    });
    const changed = await ada.call("PATCH", `/rooms/${id}`, {
      name: "Building",
      topic: "Two",
      archived: true,
    });
    expect(changed.status).toBe(200);
    expect(performed.parse(changed.body).events).toHaveLength(3);
    expect(await read()).toMatchObject({ name: "Building", topic: "Two", archived: true });
    expect(refusal(await ada.call("POST", `/rooms/${id}/messages`, { text: "x" }))).toBe("409 room_archived");
    // Opening comes before the rest, so one request does both.
    expect((await ada.call("PATCH", `/rooms/${id}`, { archived: false, name: "Open" })).status).toBe(200);
    expect(await read()).toMatchObject({ name: "Open", archived: false });
    expect((await ada.call("PATCH", `/rooms/${id}`, { name: "Open" })).body).toMatchObject({
      unchanged: true,
      events: [],
    });
    expect(refusal(await ada.call("PATCH", `/rooms/${id}`, {}))).toBe("422 invalid");
    expect(refusal(await eve.call("DELETE", `/rooms/${id}`))).toBe("403 not_a_member");
    expect((await ada.call("DELETE", `/rooms/${id}`)).status).toBe(200);
    expect(refusal(await ada.get(`/rooms/${id}`))).toBe("404 no_such_room");
  });

  test("HT-3 a refused change names its field; earlier changes stay, and the same key continues", async () => {
    const id = await ada.opens("public", "First");
    await bim.opens("public", "Taken");
    const key = { "idempotency-key": newNonce() };
    const refused = await ada.call("PATCH", `/rooms/${id}`, { archived: true, name: "Taken" }, key);
    expect(refusal(refused)).toBe("409 room_name_taken");
    expect(refused.body.detail).toContain("name");
    expect((await ada.get(`/rooms/${id}`)).body).toMatchObject({ name: "First", archived: false });
    const long = await ada.call("PATCH", `/rooms/${id}`, { name: "Second", topic: "x".repeat(251) });
    expect(refusal(long)).toBe("422 invalid");
    expect((await ada.get(`/rooms/${id}`)).body.name).toBe("First");
  });

  test("HT-1 a room with the caller's own id, an id in use, a name in use, unknown users", async () => {
    const id = newNonce();
    expect((await ada.call("POST", "/rooms", { id, kind: "private", name: "Own" })).body.id).toBe(id);
    const again = { id, kind: "public", name: "Other" };
    expect(refusal(await ada.call("POST", "/rooms", again))).toBe("409 room_exists");
    expect(refusal(await bim.call("POST", "/rooms", again))).toBe("422 invalid");
    await ada.opens("public", "Unique");
    expect(refusal(await bim.call("POST", "/rooms", { kind: "public", name: " unique " }))).toBe(
      "409 room_name_taken",
    );
    const unknownMember = { kind: "private", name: "X", members: [newNonce()] };
    expect(refusal(await ada.call("POST", "/rooms", unknownMember))).toBe("404 no_such_user");
  });

  test("HT-1 a direct room is created once: 201, then 200 for both", async () => {
    const first = await ada.call("POST", "/rooms/direct", { user: bim.id });
    expect(first.status).toBe(201);
    const again = await bim.call("POST", "/rooms/direct", { user: ada.id });
    expect(again).toMatchObject({ status: 200, body: { id: first.body.id, unchanged: true } });
    expect(again.headers.get("location")).toBe(first.headers.get("location"));
    expect(refusal(await ada.call("PUT", `/rooms/${first.body.id}/members/${eve.id}`))).toBe(
      "409 direct_stays",
    );
    expect(refusal(await ada.call("POST", "/rooms/direct", { user: newNonce() }))).toBe("404 no_such_user");
  });

  test("the directory finds rooms by a part of the name, page by page, and with mine only the own", async () => {
    for (const name of ["Garden one", "Garden two", "Garden three"]) await ada.opens("public", name);
    const names = async (client: RestClient, query: string) =>
      roomList.parse((await client.get(`/rooms?${query}`)).body).rooms.map(({ name }) => name);
    expect(await names(bim, "query=garden")).toEqual(["Garden one", "Garden three", "Garden two"]);
    expect(await names(bim, "query=garden&mine=true")).toEqual([]);
    expect(await names(ada, "query=garden&mine=true")).toHaveLength(3);
    const { next, rooms } = (await bim.get("/rooms?query=garden&limit=2")).body;
    expect(rooms).toHaveLength(2);
    expect(await names(bim, `query=garden&limit=2&cursor=${encodeURIComponent(next)}`)).toEqual([
      "Garden two",
    ]);
    expect(refusal(await bim.get("/rooms?mine=perhaps"))).toBe("422 invalid");
    expect(refusal(await bim.get("/rooms?limit=0"))).toBe("422 invalid");
  });
});

describe("HT-1 members", () => {
  test("HT-1 joining, inviting, roles, removing and leaving", async () => {
    const room = await ada.opens("public", "Crew");
    const members = async () =>
      memberList
        .parse((await ada.get(`/rooms/${room}/members`)).body)
        .members.map(({ id, role }) => [id, role]);
    expect((await bim.call("PUT", `/rooms/${room}/members/me`)).body.events[0]).toMatchObject({ feed: room });
    expect((await bim.call("PUT", `/rooms/${room}/members/me`)).body).toMatchObject({ unchanged: true });
    expect((await bim.call("PUT", `/rooms/${room}/members/${eve.id}`)).status).toBe(200);
    // Only owners change roles, and a request that is refused invites no user.
    const dan = await RestClient.guest(server, "Dan");
    expect(refusal(await bim.call("PUT", `/rooms/${room}/members/${dan.id}`, { role: "moderator" }))).toBe(
      "403 not_allowed",
    );
    expect(await members()).toHaveLength(3);
    expect((await ada.call("PUT", `/rooms/${room}/members/${dan.id}`, { role: "moderator" })).status).toBe(
      200,
    );
    expect(await members()).toContainEqual([dan.id, "moderator"]);
    // Without a role a member keeps the own one.
    expect((await ada.call("PUT", `/rooms/${room}/members/${dan.id}`)).body).toMatchObject({
      unchanged: true,
    });
    expect((await ada.call("PUT", `/rooms/${room}/members/${dan.id}`, { role: "member" })).status).toBe(200);
    expect(await members()).toContainEqual([dan.id, "member"]);
    expect((await ada.call("DELETE", `/rooms/${room}/members/${dan.id}`)).status).toBe(200);
    expect(refusal(await bim.call("DELETE", `/rooms/${room}/members/${eve.id}`))).toBe("403 not_allowed");
    expect(refusal(await ada.call("DELETE", `/rooms/${room}/members/${ada.id}`))).toBe("422 invalid");
    expect(refusal(await ada.call("DELETE", `/rooms/${room}/members/me`))).toBe("409 last_owner");
    expect(refusal(await ada.call("PUT", `/rooms/${room}/members/${ada.id}`, { role: "member" }))).toBe(
      "409 last_owner",
    );
    expect((await bim.call("DELETE", `/rooms/${room}/members/me`)).status).toBe(200);
    expect(await members()).toEqual([
      [ada.id, "owner"],
      [eve.id, "member"],
    ]);
    expect(refusal(await ada.call("PUT", `/rooms/${room}/members/${newNonce()}`))).toBe("404 no_such_user");
    expect(refusal(await ada.call("PUT", `/rooms/${room}/members/unknown`))).toBe("404 no_such_user");
    expect(refusal(await ada.call("PUT", `/rooms/${room}/members/${eve.id}`, { role: "king" }))).toBe(
      "422 invalid",
    );
    expect(refusal(await ada.call("DELETE", `/rooms/${LOBBY}/members/me`))).toBe("409 lobby_stays");
  });

  test("presence over HTTP is the presence of the sockets", async () => {
    const room = await ada.opens("public", "Here");
    expect(roomOnline.parse((await ada.get(`/rooms/${room}/online`)).body)).toEqual({ count: 0, online: [] });
    const socket = new WireClient(server, ada.token);
    await socket.join();
    expect((await ada.get(`/rooms/${room}/online`)).body).toEqual({ count: 1, online: [ada.id] });
    expect(person.parse((await bim.get(`/users/${ada.id}`)).body)).toEqual({
      id: ada.id,
      name: "Ada",
      online: true,
    });
    const { users } = userList.parse((await bim.get("/users?query=ad")).body);
    expect(users).toContainEqual({ id: ada.id, name: "Ada", online: true });
    expect(refusal(await bim.get(`/users/${newNonce()}`))).toBe("404 no_such_user");
    socket.close();
  });
});

describe("HT-1 messages", () => {
  test("HT-1 a message is sent with 201 and Location, edited, reacted to and deleted", async () => {
    const room = await ada.opens("public", "Talk");
    await bim.call("PUT", `/rooms/${room}/members/me`);
    const sent = await ada.call("POST", `/rooms/${room}/messages`, { text: "one", mentions: [bim.id] });
    expect(sent.status).toBe(201);
    const { id, seq, events } = posted.parse(sent.body);
    expect(events).toEqual([{ feed: room, seq, id }]);
    const at = `/rooms/${room}/messages/${id}`;
    expect(sent.headers.get("location")).toBe(`/api/v1${at}`);
    expect(message.parse((await bim.get(at)).body)).toMatchObject({
      id,
      seq,
      text: "one",
      mentions: [bim.id],
    });

    expect((await ada.call("PATCH", at, { text: "two" })).body.events).toHaveLength(1);
    expect((await ada.get(at)).body).toMatchObject({ text: "two", mentions: [] });
    expect(history.parse((await bim.get(`${at}/history`)).body).versions.map(({ text }) => text)).toEqual([
      "one",
      "two",
    ]);
    expect(refusal(await bim.call("PATCH", at, { text: "mine" }))).toBe("403 not_author");

    const thumb = encodeURIComponent("👍🏽");
    expect((await bim.call("PUT", `${at}/reactions/${thumb}`)).body.events).toHaveLength(1);
    expect((await bim.call("PUT", `${at}/reactions/${thumb}`)).body).toMatchObject({ unchanged: true });
    expect((await ada.get(at)).body.reactions).toEqual([
      { emoji: "👍🏽", count: 1, mine: false, users: [{ id: bim.id, name: "Bim" }] },
    ]);
    expect((await bim.call("DELETE", `${at}/reactions/${thumb}`)).status).toBe(200);
    expect((await ada.get(at)).body.reactions).toEqual([]);
    expect(refusal(await bim.call("PUT", `${at}/reactions/two%20words`))).toBe("422 invalid");
    expect(refusal(await bim.call("PUT", `${at}/reactions/%ff`))).toBe("422 invalid");

    const answer = await bim.call("POST", `/rooms/${room}/messages`, { text: "three", reply_to: id });
    expect((await ada.get(`/rooms/${room}/messages/${answer.body.id}`)).body.reply_to).toEqual({ id, seq });

    expect(refusal(await bim.call("DELETE", at))).toBe("403 not_allowed");
    expect((await ada.call("DELETE", at)).status).toBe(200);
    expect((await ada.get(at)).body).toMatchObject({ deleted: true, text: "" });
    expect(refusal(await ada.call("PATCH", at, { text: "x" }))).toBe("410 message_deleted");
    expect(refusal(await ada.get(`${at}/history`))).toBe("410 message_deleted");
    expect(refusal(await ada.get(`/rooms/${room}/messages/${newNonce()}`))).toBe("404 no_such_message");
    expect(refusal(await ada.get(`/rooms/${room}/messages/seven`))).toBe("404 no_such_message");
  });

  test("HT-1 a message sent over HTTP reaches a socket, and the reverse", async () => {
    const room = await ada.opens("public", "Both");
    await bim.call("PUT", `/rooms/${room}/members/me`);
    const socket = new WireClient(server, bim.token);
    await socket.join();
    const { nonce } = await ada.says(room, "from afar");
    await socket.event(room, (event) => event.kind === "message_sent" && event.nonce === nonce);
    await socket.command({ kind: "send_message", room, text: "from here" });
    const texts = page
      .parse((await ada.get(`/rooms/${room}/messages`)).body)
      .messages.map(({ text }) => text);
    expect(texts).toEqual(["from afar", "from here"]);
    socket.close();
  });

  test("HT-1 a read position moves forward only, and members see it", async () => {
    const room = await ada.opens("private", "Reading", [bim.id]);
    const { seq } = await ada.says(room, "one");
    const unread = async () => (await bim.get(`/rooms/${room}`)).body.read.unread;
    expect(await unread()).toBe(1);
    expect((await bim.call("PUT", `/rooms/${room}/read`, { seq })).status).toBe(200);
    expect(await unread()).toBe(0);
    expect((await bim.call("PUT", `/rooms/${room}/read`, { seq: 1 })).body).toMatchObject({
      unchanged: true,
    });
    const { reads } = readList.parse((await ada.get(`/rooms/${room}/reads`)).body);
    expect(reads).toContainEqual({ user: bim.id, seq });
    expect(refusal(await bim.call("PUT", `/rooms/${room}/read`, { seq: -1 }))).toBe("422 invalid");
    expect(refusal(await eve.get(`/rooms/${room}/reads`))).toBe("404 no_such_room");
    expect(refusal(await eve.call("PUT", `/rooms/${room}/read`, { seq }))).toBe("404 no_such_room");
  });

  test("a search finds what the caller may read, by room and author", async () => {
    const open = await ada.opens("public", "Library");
    const hidden = await ada.opens("private", "Cellar");
    const { id } = await ada.says(open, "the zeppelin lands");
    await ada.says(hidden, "the zeppelin sinks");
    const found = async (client: RestClient, query: string) =>
      (await client.get(`/search?query=${query}`)).body;
    expect((await found(ada, "zeppelin")).hits).toHaveLength(2);
    expect((await found(bim, "zeppelin")).hits).toEqual([]);
    const [hit] = (await found(bim, `zeppelin&room=${open}&author=${ada.id}`)).hits;
    expect(hit).toMatchObject({ room: open, room_name: "Library", message: { id } });
    expect(refusal(await bim.get(`/search?query=zeppelin&room=${hidden}`))).toBe("404 no_such_room");
    expect(refusal(await bim.get("/search?query="))).toBe("422 invalid");
    expect(refusal(await bim.get("/search"))).toBe("422 invalid");
  });
});

test("HT-1 a guest signs in over HTTP alone: 201, the lobby, then 200", async () => {
  const client = new RestClient(server);
  const credentials = { name: "Fay", token: client.token };
  const first = await client.call("POST", "/guests", credentials);
  expect(first.status).toBe(201);
  const { id } = guest.parse(first.body);
  expect(first.headers.get("location")).toBe(`/api/v1/users/${id}`);
  expect((await client.call("POST", "/guests", credentials)).status).toBe(200);
  expect((await client.get("/me")).body).toEqual({ id, name: "Fay" });
  await client.says(LOBBY, "here I am");
  const socket = new WireClient(server, client.token);
  expect((await socket.hello()).feeds.map(({ feed }) => feed)).toContain(LOBBY);
  socket.close();
  const other = { ...credentials, name: "Gus" };
  expect(refusal(await client.call("POST", "/guests", other))).toBe("409 name_differs");
});

test("HT-8 the server says what it is without a token, and where its documents are", async () => {
  const answer = await fetch(`${server.url}/api/v1/server`);
  expect(serverInfo.parse(await answer.json())).toMatchObject({
    name: "parley",
    protocol: "parley.v1",
    guests: true,
  });
  const links = [...(answer.headers.get("link") ?? "").matchAll(/<([^>]+)>; rel="service-desc"/g)].map(
    ([, path]) => path,
  );
  expect(links).toEqual(["/openapi.json", "/asyncapi.json"]);
  for (const path of links) {
    const document = await fetch(server.url + path);
    expect(document.headers.get("content-type")).toBe("application/json");
    expect(Object.keys((await document.json()) as object)).toContain(
      path === "/openapi.json" ? "paths" : "channels",
    );
  }
  const readable = await fetch(`${server.url}/reference`);
  expect(readable.headers.get("content-type")).toBe("text/html; charset=utf-8");
  const tag = readable.headers.get("etag") ?? "";
  expect((await fetch(`${server.url}/reference`, { headers: { "if-none-match": tag } })).status).toBe(304);
});
