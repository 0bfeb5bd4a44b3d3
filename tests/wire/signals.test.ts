import { afterAll, beforeAll, expect, test } from "bun:test";
import { LIMITS, LOBBY, type RoomId, type ServerFrames, userFeed } from "@parley/protocol";
import { newNonce, startTestServer, type TestServer, WireClient } from "../support/test-server.ts";

/** Shorter than the real one, and long enough for a reconnect on a slow machine. Milliseconds. */
const GRACE = 400;

let server: TestServer;
let people = 0;
beforeAll(async () => {
  server = await startTestServer([], { presenceGrace: GRACE });
});
afterAll(() => server.end());

type Person = { readonly client: WireClient; readonly id: string; readonly name: string };

async function person(token?: string): Promise<Person> {
  const client = new WireClient(server, token);
  const { user } = await client.join(token === undefined ? `Person ${++people}` : undefined);
  return { client, ...user };
}

/** A private room with these members, who all follow it. */
async function roomOf(owner: Person, ...others: readonly Person[]): Promise<RoomId> {
  const room = newNonce();
  await owner.client.command({ kind: "create_room", room, room_kind: "private", name: "A room" });
  for (const { id } of others) await owner.client.command({ kind: "invite_member", room, user: id });
  await Promise.all([owner, ...others].map(({ client }) => linked(client, room)));
  return room;
}

async function linked(client: WireClient, room: RoomId): Promise<void> {
  await client.next("feeds", ({ feeds }) =>
    feeds.some(({ feed, state }) => feed === room && state === "live"),
  );
}

async function watch(client: WireClient, ...rooms: RoomId[]): Promise<ServerFrames["presence"]> {
  await client.send({ type: "watch", rooms });
  return client.next("presence", ({ room, whole }) => whole === true && room === rooms[0]);
}

const say = (room: RoomId, text = "hi") => ({ kind: "send_message", room, text }) as const;
const signalsOf = (client: WireClient, room: RoomId) =>
  client.frames.filter(
    (frame) =>
      (frame.type === "presence" || frame.type === "typing" || frame.type === "receipts") &&
      frame.room === room,
  );

test("SG-1 SG-3 watching a room is answered with the users present, then joins and leaves are sent", async () => {
  const [ada, bim] = [await person(), await person()];
  const room = await roomOf(ada, bim);
  const whole = await watch(ada.client, room);
  expect(whole).toMatchObject({ room, whole: true, count: 2, offline: [] });
  expect(new Set(whole.online)).toEqual(new Set([ada.id, bim.id]));
  bim.client.close();
  const left = await ada.client.next("presence", ({ whole }) => !whole);
  expect(left).toEqual({ type: "presence", room, count: 1, online: [], offline: [bim.id] });
  const again = await person(bim.client.token);
  expect(again.id).toBe(bim.id);
  const back = await ada.client.next("presence");
  expect(back).toEqual({ type: "presence", room, count: 2, online: [bim.id], offline: [] });
});

test("SG-1 a watch list replaces the previous one, and each of its rooms is answered again", async () => {
  const [ada, bim] = [await person(), await person()];
  const [one, two] = [await roomOf(ada, bim), await roomOf(ada, bim)];
  await watch(ada.client, one);
  await watch(ada.client, two, one);
  await watch(ada.client, two);
  const received = signalsOf(ada.client, one).length;
  await bim.client.send({ type: "typing", room: one });
  await bim.client.send({ type: "typing", room: two });
  await ada.client.next("typing", ({ room }) => room === two);
  expect(signalsOf(ada.client, one)).toHaveLength(received);
  await ada.client.send({ type: "watch", rooms: [] });
  await ada.client.settled();
  const before = signalsOf(ada.client, two).length;
  await bim.client.command(say(two));
  await ada.client.event(two, ({ kind }) => kind === "message_sent");
  expect(signalsOf(ada.client, two)).toHaveLength(before);
});

test("SG-1 a room that the session may not read is left out until the user joins it", async () => {
  const [ada, bim] = [await person(), await person()];
  const room = await roomOf(ada);
  await bim.client.send({ type: "watch", rooms: [room, LOBBY] });
  await bim.client.next("presence", (frame) => frame.room === LOBBY);
  expect(signalsOf(bim.client, room)).toEqual([]);
  await ada.client.command({ kind: "invite_member", room, user: bim.id });
  const whole = await bim.client.next("presence", (frame) => frame.room === room);
  expect(whole).toMatchObject({ whole: true, count: 2 });
  expect(await bim.client.next("receipts", (frame) => frame.room === room)).toMatchObject({
    reads: expect.arrayContaining([{ user: bim.id, seq: 3 }]),
  });
});

test("SG-1 a watch before the resume begins with the resume", async () => {
  const [ada, bim] = [await person(), await person()];
  const room = await roomOf(ada, bim);
  const phone = new WireClient(server, ada.client.token);
  const { epoch } = await phone.hello();
  await phone.send({ type: "watch", rooms: [room] });
  await phone.settled();
  expect(signalsOf(phone, room)).toEqual([]);
  await phone.resume(epoch, [{ feed: room }]);
  expect(await phone.next("presence")).toMatchObject({ room, whole: true, count: 2 });
});

test("SG-1 more than 50 rooms are refused", async () => {
  const ada = await person();
  await ada.client.send({ type: "watch", rooms: Array.from({ length: LIMITS.watched + 1 }, newNonce) });
  expect(await ada.client.next("fault")).toMatchObject({ code: "invalid" });
});

test("SG-2 a removed member receives no signal any more, and a user who is no member none", async () => {
  const [ada, bim, eve] = [await person(), await person(), await person()];
  const room = await roomOf(ada, bim);
  await watch(bim.client, room);
  await eve.client.send({ type: "watch", rooms: [room] });
  await ada.client.command({ kind: "remove_member", room, user: bim.id });
  await bim.client.next("feeds", ({ feeds }) => feeds.some(({ state }) => state === "gone"));
  const received = signalsOf(bim.client, room).length;
  await ada.client.send({ type: "typing", room });
  await ada.client.send({ type: "read", room, seq: 99 });
  await ada.client.event(userFeed(ada.id), ({ kind }) => kind === "room_read");
  await Promise.all([bim.client.settled(), eve.client.settled()]);
  expect(signalsOf(bim.client, room)).toHaveLength(received);
  expect(signalsOf(eve.client, room)).toEqual([]);
});

test("SG-2 a user who leaves is not present any more, and a deleted room sends no signals", async () => {
  const [ada, bim] = [await person(), await person()];
  const room = await roomOf(ada, bim);
  await watch(ada.client, room);
  await bim.client.command({ kind: "leave_room", room });
  expect(await ada.client.next("presence", ({ whole }) => !whole)).toMatchObject({
    count: 1,
    offline: [bim.id],
  });
  expect(await watch(ada.client, room)).toMatchObject({ count: 1, online: [ada.id] });
  await ada.client.command({ kind: "delete_room", room });
  await ada.client.next("feeds", ({ feeds }) => feeds.some(({ state }) => state === "gone"));
  await ada.client.send({ type: "watch", rooms: [room, LOBBY] });
  await ada.client.next("presence", (frame) => frame.room === LOBBY);
  expect(ada.client.frames.filter((frame) => frame.type === "presence" && frame.room === room)).toHaveLength(
    3,
  );
});

test("SG-3 neither a reconnect within the grace period nor another session of the user sends a frame", async () => {
  const [ada, bim, cyd] = [await person(), await person(), await person()];
  const room = await roomOf(ada, bim, cyd);
  await watch(ada.client, room);
  await ada.client.next("receipts");
  const before = signalsOf(ada.client, room).length;
  const tablet = await person(bim.client.token);
  bim.client.close();
  await bim.client.closed;
  for (let i = 0; i < 3; i++) {
    const phone = await person(cyd.client.token);
    phone.client.close();
    await phone.client.closed;
  }
  cyd.client.close();
  await cyd.client.closed;
  await person(cyd.client.token);
  // Longer than the grace period: a departure that was wrongly counted would have been sent before this one.
  await Bun.sleep(GRACE * 1.5);
  tablet.client.close();
  expect(await ada.client.next("presence", ({ whole }) => !whole)).toMatchObject({ offline: [bim.id] });
  expect(signalsOf(ada.client, room)).toHaveLength(before + 1);
});

test("SG-6 typing is sent with the names of all who type, and ends with the message", async () => {
  const [ada, bim, cyd] = [await person(), await person(), await person()];
  const room = await roomOf(ada, bim, cyd);
  await watch(ada.client, room);
  await bim.client.send({ type: "typing", room });
  const first = await ada.client.next("typing");
  expect(first.users).toEqual([{ id: bim.id, name: bim.name }]);
  await cyd.client.send({ type: "typing", room });
  const both = await ada.client.next("typing");
  expect(both.users.map(({ id }) => id)).toEqual([bim.id, cyd.id]);
  // A session that begins to watch in between is answered at once.
  const phone = await person(ada.client.token);
  await phone.client.send({ type: "watch", rooms: [room] });
  expect((await phone.client.next("typing")).users).toHaveLength(2);
  await bim.client.command(say(room));
  await cyd.client.command({ kind: "leave_room", room });
  expect((await ada.client.next("typing")).users).toEqual([]);
});

test("SG-6 typing in a room that the session may not read is dropped", async () => {
  const [ada, bim, eve] = [await person(), await person(), await person()];
  const room = await roomOf(ada, bim);
  await watch(ada.client, room);
  await eve.client.send({ type: "typing", room });
  await eve.client.settled();
  await bim.client.send({ type: "typing", room });
  expect((await ada.client.next("typing")).users.map(({ id }) => id)).toEqual([bim.id]);
  expect(eve.client.frames.filter(({ type }) => type === "fault")).toEqual([]);
});

test("SG-7 SG-8 the first read position is stored at once, then the newest, in the private feed and as receipts", async () => {
  const [ada, bim] = [await person(), await person()];
  const room = await roomOf(ada, bim);
  for (let i = 0; i < 6; i++) await ada.client.command(say(room));
  await watch(ada.client, room);
  const reads = await ada.client.next("receipts");
  expect(new Set(reads.reads)).toEqual(
    new Set([
      { user: ada.id, seq: 9 },
      { user: bim.id, seq: 3 },
    ]),
  );
  for (const seq of [4, 5, 7, 6]) await bim.client.send({ type: "read", room, seq });
  const own = userFeed(bim.id);
  const stored = (seq: number) =>
    bim.client.event(own, (event) => event.kind === "room_read" && event.room_seq === seq);
  const positions = () =>
    bim.client.events(own).flatMap((event) => (event.kind === "room_read" ? [event.room_seq] : []));
  expect((await ada.client.next("receipts")).reads).toEqual([{ user: bim.id, seq: 4 }]);
  await stored(4);
  expect(positions()).toEqual([4]);
  expect((await ada.client.next("receipts")).reads).toEqual([{ user: bim.id, seq: 7 }]);
  await stored(7);
  expect(positions()).toEqual([4, 7]);
  // Neither back nor beyond what was said, nor in a room of others.
  await bim.client.send({ type: "read", room, seq: 2 });
  await bim.client.send({ type: "read", room: newNonce(), seq: 2 });
  await bim.client.send({ type: "read", room, seq: 4_000 });
  bim.client.close();
  expect((await ada.client.next("receipts")).reads).toEqual([{ user: bim.id, seq: 9 }]);
  const phone = new WireClient(server, bim.client.token);
  const { feeds } = await phone.hello();
  expect(feeds.find(({ feed }) => feed === room)?.read).toEqual({ seq: 9, unread: 0, mentions: 0 });
});

test("EV-10 room_deleted is the last event of a room that any session receives, and every session loses the room", async () => {
  const [ada, bim] = [await person(), await person()];
  const room = await roomOf(ada, bim);
  const late = new WireClient(server, bim.client.token);
  const { epoch } = await late.hello();
  await ada.client.command(say(room));
  await ada.client.command({ kind: "delete_room", room });
  for (const { client } of [ada, bim]) {
    await client.next("feeds", ({ feeds }) =>
      feeds.some(({ feed, state }) => feed === room && state === "gone"),
    );
    expect(client.events(room).at(-1)?.kind).toBe("room_deleted");
  }
  await late.resume(epoch, [{ feed: room }]);
  expect((await late.next("feeds")).feeds).toMatchObject([{ feed: room, state: "gone" }]);
});

test("RS-9 with five resumes in progress a sixth is refused for now, the others are answered in order", async () => {
  const gate = Promise.withResolvers<void>();
  const slow = await startTestServer([], {
    store: (real) => ({
      ...real,
      feedAccess: async (user, positions) => {
        await gate.promise;
        return real.feedAccess(user, positions);
      },
    }),
  });
  try {
    const client = new WireClient(slow);
    const { epoch } = await client.hello("Ada");
    const feeds = Array.from({ length: 5 }, newNonce);
    for (const feed of feeds) await client.resume(epoch, [{ feed }]);
    await client.resume(epoch, [{ feed: LOBBY }]);
    expect(await client.next("fault")).toMatchObject({
      code: "rate_limited",
      final: false,
      retry_after: 1_000,
    });
    gate.resolve();
    const answered = [];
    for (const _ of feeds) answered.push((await client.next("feeds")).feeds[0]?.feed);
    expect(answered).toEqual(feeds);
    await client.resume(epoch, [{ feed: LOBBY }]);
    await linked(client, LOBBY);
  } finally {
    await slow.end();
  }
});
