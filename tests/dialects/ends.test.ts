import { afterAll, beforeAll, expect, test } from "bun:test";
import { directRoomId } from "@parley/protocol";
import { connect, fresh, makeRoom, rawAt } from "../support/dialect-fixtures.ts";
import type { LegacyClient } from "../support/legacy-client.ts";
import { newNonce, startTestServer, type TestServer, WireClient } from "../support/test-server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.end());

const remove = (room: string, headers: Record<string, string> = {}) =>
  fetch(`${server.url}/api/chat/rooms/${room}`, { method: "DELETE", headers });

/** One client of B and one of E in the same room, both in it. */
async function pairIn(room: string, name: string): Promise<[LegacyClient, LegacyClient]> {
  const b = connect(server, `/ws/${name}?username=Bea`);
  const e = connect(server, `/ws/chat/${room}?username=Eve`);
  await b.send({ content: "from B" });
  await b.untilType("message");
  await e.send({ type: "message", content: "from E" });
  await e.until(({ content }) => content === "from E");
  await b.until(({ content }) => content === "from E");
  return [b, e];
}

/** Writes as fast as the answers come until the connection ends. */
async function writeUntilClosed(client: LegacyClient, say: (text: string) => object): Promise<void> {
  for (let i = 0; ; i++) {
    await client.send(say(`more ${i}`));
    const ended = await Promise.race([client.json().then(() => false), client.closed.then(() => true)]);
    if (ended) return;
  }
}

async function nativeRoom(owner: WireClient, kind: "public" | "private" = "public") {
  const [room, name] = [newNonce(), fresh("Owned")];
  await owner.command({ kind: "create_room", room, room_kind: kind, name });
  return { room, name };
}

test("a room that is deleted by REST while clients of both dialects write closes all of them with 1001 and a reason", async () => {
  const name = fresh("Doomed");
  const room = await makeRoom(server, name);
  const [b, e] = await pairIn(room, name);
  const writing = [
    writeUntilClosed(b, (content) => ({ content })),
    writeUntilClosed(e, (content) => ({ type: "message", content })),
  ];
  expect((await remove(room)).status).toBe(204);
  for (const client of [b, e])
    expect(await client.closed).toEqual({ code: 1001, reason: "This room was deleted." });
  await Promise.all(writing);
  expect((await fetch(`${server.url}/api/chat/rooms/${room}/messages`)).status).toBe(404);
  // The name is free: B creates a new room, E's id is gone.
  const again = connect(server, `/ws/${name}?username=Bea`);
  await again.send({ content: "a new one" });
  expect(await again.json()).toMatchObject({ content: "a new one" });
  await expect(connect(server, `/ws/chat/${room}?username=Eve`).opened).rejects.toThrow();
  again.close();
});

test("rooms that are created, named and deleted at the same moment leave no client in a deleted room", async () => {
  for (let round = 0; round < 20; round++) {
    const name = fresh("Brief");
    const room = await makeRoom(server, name);
    const clients = Array.from({ length: 4 }, (_, i) =>
      connect(server, i % 2 === 0 ? `/ws/${name}?username=n${i}` : `/ws/chat/${room}?username=n${i}`),
    );
    const removed = remove(room);
    expect((await removed).status).toBe(204);
    for (const [i, client] of clients.entries()) {
      const opened = await client.opened.then(
        () => true,
        () => false,
      );
      // Refused with 404, which only E can be.
      if (!opened) {
        expect(i % 2).toBe(1);
        continue;
      }
      const text = fresh("hello ");
      await client.send(i % 2 === 0 ? { content: text } : { type: "message", content: text });
      const fate = await Promise.race([
        client.until(({ content }) => content === text).then(() => "received"),
        client.closed.then(({ code }) => code),
      ]);
      // In a new room of that name, which only B can be, or closed.
      expect(i % 2 === 0 ? ["received", 1001] : [1001]).toContain(fate);
      client.close();
    }
  }
});

test("a room that its owner deletes closes the clients of both dialects with 1001", async () => {
  const owner = new WireClient(server);
  await owner.join(fresh("Owner"));
  const { room, name } = await nativeRoom(owner);
  const clients = await pairIn(room, name);
  await owner.event(room, (event) => event.kind === "message_sent" && event.text === "from E");
  await owner.command({ kind: "delete_room", room });
  for (const client of clients) expect((await client.closed).code).toBe(1001);
  owner.close();
});

test("in an archived room writing gets an error and reading goes on; a renamed one goes on and is found by its new name", async () => {
  const owner = new WireClient(server);
  await owner.join(fresh("Owner"));
  const { room, name } = await nativeRoom(owner);
  const [b, e] = await pairIn(room, name);
  await owner.command({ kind: "archive_room", room });
  await b.send({ content: "x" });
  await e.send({ type: "message", content: "x" });
  for (const client of [b, e]) expect((await client.untilType("error")).message).toEqual(expect.any(String));
  const late = connect(server, `/ws/chat/${room}?username=Late`);
  await late.untilType("user_list");
  await owner.command({ kind: "unarchive_room", room });
  const renamed = fresh("Renamed");
  await owner.command({ kind: "rename_room", room, name: renamed });
  await b.send({ content: "still the same room" });
  for (const client of [b, e, late]) await client.until(({ content }) => content === "still the same room");
  const next = connect(server, `/ws/${renamed}?username=Next`);
  await next.send({ content: "by the new name" });
  for (const client of [b, e, late, next]) await client.until(({ content }) => content === "by the new name");
  // The old name is another room now.
  const other = connect(server, `/ws/${name}?username=Bea`);
  await other.send({ content: "elsewhere" });
  await other.untilType("message");
  expect(b.frames.some((frame) => frame.includes("elsewhere"))).toBe(false);
  for (const client of [b, e, late, next, other]) client.close();
  owner.close();
});

test("a dialect client deletes rooms that dialects created and nothing else: not the lobby, not a room with an owner or members", async () => {
  const owner = new WireClient(server);
  await owner.join(fresh("Owner"));
  const [open, hidden] = [await nativeRoom(owner), await nativeRoom(owner, "private")];
  const origin = { origin: "http://localhost:3000" };
  for (const room of ["lobby", open.room]) {
    const refused = await remove(room, origin);
    expect([refused.status, await refused.json()]).toEqual([403, { detail: expect.any(String) }]);
    // The page can read the reason.
    expect(refused.headers.get("access-control-allow-origin")).toBe(origin.origin);
  }
  for (const room of [hidden.room, newNonce(), "nope", "..%2Flobby"])
    expect((await remove(room, origin)).status, room).toBe(404);
  // One made by E stays while it has members.
  const made = await makeRoom(server, fresh("Shared"));
  await owner.command({ kind: "join_room", room: made });
  await owner.command({ kind: "send_message", room: made, text: "mine" });
  const b = connect(server, `/ws/chat/${made}?username=Eve`);
  await b.untilType("user_list");
  expect((await remove(made, origin)).status).toBe(403);
  await owner.command({ kind: "leave_room", room: made });
  expect((await remove(made, origin)).status).toBe(204);
  expect((await b.closed).code).toBe(1001);
  owner.close();
});

test("neither private nor direct rooms are visible: by list, by id, by name, by socket", async () => {
  const [ann, bob] = [new WireClient(server), new WireClient(server)];
  const [{ user: one }, { user: two }] = [await ann.join(fresh("Ann")), await bob.join(fresh("Bob"))];
  const { room, name } = await nativeRoom(ann, "private");
  const direct = directRoomId(one.id, two.id);
  await ann.command({ kind: "create_direct", room: direct, user: two.id });
  const rooms = (await (await fetch(`${server.url}/api/chat/rooms`)).json()) as {
    id: string;
    name: string;
  }[];
  expect(rooms.map(({ id }) => id)).not.toContain(room);
  expect(rooms.every(({ name: called }) => typeof called === "string")).toBe(true);
  for (const id of [room, direct]) {
    expect((await fetch(`${server.url}/api/chat/rooms/${id}/messages`)).status, id).toBe(404);
    await expect(connect(server, `/ws/chat/${id}?username=Eve`).opened).rejects.toThrow();
  }
  // The name of a private room is not taken: a client that names it creates a public one.
  const b = connect(server, `/ws/${name}?username=Bea`);
  await b.send({ content: "public" });
  await b.untilType("message");
  await ann.settled();
  expect(ann.events(room).some(({ kind }) => kind === "message_sent")).toBe(false);
  for (const client of [ann, bob, b]) client.close();
});

test("a client that waits for a silent holder's name while the room is deleted is closed, too, and does not enter", async () => {
  const room = await makeRoom(server, fresh("Waiting"));
  const path = `/ws/chat/${room}?username=Ada`;
  const holder = await rawAt(server, path);
  const watcher = connect(server, `/ws/chat/${room}?username=Watcher`);
  await watcher.untilType("user_list");
  const waiting = connect(server, path);
  await waiting.opened;
  expect((await remove(room)).status).toBe(204);
  expect(await waiting.closed).toEqual({ code: 1001, reason: "This room was deleted." });
  expect(waiting.frames).toEqual([]);
  holder.close();
});

test("a room that is deleted between lookup and entry admits no client", async () => {
  let gate: Promise<void> | null = null;
  let asked = () => {};
  const slow = await startTestServer([], {
    store: (real) => ({
      ...real,
      async room(...of) {
        const found = await real.room(...of);
        asked();
        if (gate) await gate;
        return found;
      },
    }),
  });
  const room = await makeRoom(slow, "Between");
  let pass = () => {};
  gate = new Promise((resolve) => {
    pass = resolve;
  });
  const looked = new Promise<void>((resolve) => {
    asked = resolve;
  });
  const client = connect(slow, `/ws/chat/${room}?username=Ada`);
  await looked;
  const removed = await fetch(`${slow.url}/api/chat/rooms/${room}`, { method: "DELETE" });
  expect(removed.status).toBe(204);
  gate = null;
  pass();
  expect(await client.closed).toEqual({ code: 1001, reason: "This room was deleted." });
  await slow.end();
});
