import { afterAll, beforeAll, expect, test } from "bun:test";
import { isFault, LOBBY } from "@parley/protocol";
import { tokenHash } from "@parley/server/auth/guests.ts";
import type { Store } from "@parley/server/store/store.ts";
import { RestClient, refusal } from "../../support/rest-client.ts";
import { newNonce, startTestServer, type TestServer, WireClient } from "../../support/test-server.ts";

let server: TestServer;
let ada: RestClient;
let room: string;
beforeAll(async () => {
  server = await startTestServer();
  ada = await RestClient.guest(server, "Ada");
  room = await ada.opens("public", "Keys");
});
afterAll(() => server.end());

const send = (client: RestClient, text: string, key: string) =>
  client.call("POST", `/rooms/${room}/messages`, { text }, { "idempotency-key": key });
const texts = async () =>
  (await ada.get(`/rooms/${room}/messages?limit=100`)).body.messages.map(
    ({ text }: { text: string }) => text,
  );

test("HT-2 the same key gets the same answer and status, and is stored once", async () => {
  const first = await send(ada, "once", "order-4711");
  const again = await send(ada, "once", "order-4711");
  expect(first.body.duplicate).toBeUndefined();
  expect(first.headers.get("idempotency-replayed")).toBeNull();
  expect(again.status).toBe(201);
  expect(again.body).toEqual({ ...first.body, duplicate: true });
  expect(again.headers.get("idempotency-replayed")).toBe("true");
  expect(again.headers.get("location")).toBe(first.headers.get("location"));
  expect((await texts()).filter((text: string) => text === "once")).toHaveLength(1);
});

test("HT-2 sent twenty times at once it is stored once, and all answers name the same message", async () => {
  const answers = await Promise.all(Array.from({ length: 20 }, () => send(ada, "at once", "burst")));
  expect(new Set(answers.map(({ status, body }) => `${status} ${body.id} ${body.seq}`)).size).toBe(1);
  expect(answers.filter(({ body }) => body.duplicate !== true)).toHaveLength(1);
  expect((await texts()).filter((text: string) => text === "at once")).toHaveLength(1);
});

test("HT-2 with another body the key is refused, and another author may use it", async () => {
  await send(ada, "mine", "shared");
  expect(refusal(await send(ada, "not mine", "shared"))).toBe("422 nonce_reused");
  const bim = await RestClient.guest(server, "Bim");
  await bim.call("PUT", `/rooms/${room}/members/me`);
  const own = await send(bim, "mine", "shared");
  expect(own).toMatchObject({ status: 201 });
  expect(own.body.duplicate).toBeUndefined();
});

test("HT-2 a UUID is the nonce itself, so a command may be repeated over the other protocol", async () => {
  const nonce = newNonce();
  const socket = new WireClient(server, ada.token);
  await socket.join();
  const ack = await socket.command({ kind: "send_message", room, text: "two wires" }, nonce);
  const again = await send(ada, "two wires", nonce);
  expect(again.body).toMatchObject({ nonce, duplicate: true });
  expect(again.body.events).toEqual("events" in ack ? ack.events : []);
  // Any other key is a nonce, too: always the same one, which the answer has.
  const { body } = await send(ada, "from the other side", "a key in words");
  expect(body.nonce).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  const back = await socket.command({ kind: "send_message", room, text: "from the other side" }, body.nonce);
  expect(back).toMatchObject({ duplicate: true, events: body.events });
  // In capitals it is a text like any other.
  expect((await send(ada, "capitals", nonce.toUpperCase())).body.nonce).not.toBe(nonce);
  socket.close();
});

test("HT-2 an invalid key is refused; without a key each request is a command of its own", async () => {
  for (const key of ["x".repeat(256), "schlüssel", "a\tb"]) {
    expect(refusal(await send(ada, "never", key)), key.slice(0, 9)).toBe("422 invalid");
  }
  expect((await send(ada, "longest", "~".repeat(255))).status).toBe(201);
  expect((await send(ada, "shortest", "!")).status).toBe(201);
  const [one, other] = [await ada.says(room, "same"), await ada.says(room, "same")];
  expect(one.id).not.toBe(other.id);
});

test("HT-2 a room without an id of the caller's is the same room for the same key", async () => {
  const body = { kind: "private", name: "Kept" };
  const headers = { "idempotency-key": "my room" };
  const first = await ada.call("POST", "/rooms", body, headers);
  const again = await ada.call("POST", "/rooms", body, headers);
  expect(again).toMatchObject({ status: 201, body: { id: first.body.id, duplicate: true } });
  const bim = await RestClient.guest(server, "Bo");
  expect((await bim.call("POST", "/rooms", body, headers)).body.id).not.toBe(first.body.id);
});

test("HT-3 several commands under one key happen once each, and a request that was refused continues", async () => {
  const mine = await ada.opens("public", "Mine");
  const taken = await ada.opens("public", "Wanted");
  const headers = { "idempotency-key": "rework" };
  const change = { archived: false, name: "Wanted", topic: "New" };
  const archived = await ada.call("PATCH", `/rooms/${mine}`, { archived: true });
  expect(archived.status).toBe(200);
  const refused = await ada.call("PATCH", `/rooms/${mine}`, change, headers);
  expect(refusal(refused)).toBe("409 room_name_taken");
  expect(refused.body.detail).toStartWith("name");
  expect((await ada.get(`/rooms/${mine}`)).body).toMatchObject({ archived: false, name: "Mine", topic: "" });
  await ada.call("PATCH", `/rooms/${taken}`, { name: "Free now" });
  const done = await ada.call("PATCH", `/rooms/${mine}`, change, headers);
  expect(done.body.events).toHaveLength(3);
  expect((await ada.get(`/rooms/${mine}`)).body).toMatchObject({
    archived: false,
    name: "Wanted",
    topic: "New",
  });
  const again = await ada.call("PATCH", `/rooms/${mine}`, change, headers);
  expect(again.body).toEqual({ ...done.body, duplicate: true });

  const bim = await RestClient.guest(server, "Bert");
  const invite = () =>
    ada.call("PUT", `/rooms/${mine}/members/${bim.id}`, { role: "moderator" }, { "idempotency-key": "hire" });
  const invited = await invite();
  expect(invited.body.events.length).toBeGreaterThan(1);
  expect((await invite()).body).toEqual({ ...invited.body, duplicate: true });
});

test("HS-5 a guest that uses its own id as a key before it joins the lobby still joins, over either protocol", async () => {
  let store: Store | null = null;
  const on = await startTestServer([], {
    store: (real) => {
      store = real;
      return real;
    },
  });
  // A crash between signing in and joining leaves guests without the lobby.
  const half = async (name: string) => {
    const client = new RestClient(on);
    const request = { token_hash: tokenHash(client.token), name, id: newNonce(), at: Date.now() };
    const [user] = (await store?.signIn([request])) ?? [];
    if (!user || isFault(user)) throw new Error("no guest");
    const body = { kind: "private", name: "Own id" };
    const made = await client.call("POST", "/rooms", body, { "idempotency-key": user.id });
    expect(made.status).toBe(201);
    return client;
  };
  const eve = await half("Eve");
  const socket = new WireClient(on, eve.token);
  expect((await socket.hello()).feeds.map(({ feed }) => feed)).toContain(LOBBY);
  socket.close();
  const pat = await half("Pat");
  const again = await pat.call("POST", "/guests", { name: "Pat", token: pat.token });
  expect(again.status).toBe(200);
  await on.end();
});
