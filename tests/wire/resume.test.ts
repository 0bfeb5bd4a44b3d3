import { afterAll, beforeAll, expect, test } from "bun:test";
import { type FeedEvent, type FeedItem, LIMITS, LOBBY, type RoomId, userFeed } from "@parley/protocol";
import { newNonce, startTestServer, type TestServer, WireClient } from "../support/test-server.ts";

let server: TestServer;
let people = 0;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.end());

/** A user with a public room of their own that has `count` messages. */
async function roomWith(
  count: number,
  text = "message",
): Promise<{ owner: WireClient; room: RoomId; epoch: string }> {
  const owner = new WireClient(server);
  const { epoch } = await owner.join(`Host ${++people}`);
  const room = newNonce();
  await owner.command({ kind: "create_room", room, room_kind: "public", name: `Room ${room}` });
  const sends = Array.from({ length: count }, (_, index) =>
    owner.command({ kind: "send_message", room, text: `${text} ${index}` }),
  );
  await Promise.all(sends);
  await owner.event(room, ({ seq }) => seq === count + 2);
  return { owner, room, epoch };
}

/** The same person on another device, signed in and silent. */
async function device(of: WireClient): Promise<WireClient> {
  const client = new WireClient(server, of.token);
  await client.hello();
  return client;
}

/** The answer to a resume for this feed. */
const standing = async (client: WireClient, room: RoomId) => {
  const frame = await client.next("feeds", ({ feeds }) => feeds.some(({ feed }) => feed === room));
  return frame.feeds.find(({ feed }) => feed === room);
};

const seqs = (events: readonly FeedItem[]) => events.map(({ seq }) => seq);
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);
const idAt = (client: WireClient, room: RoomId, seq: number) =>
  client.events(room).find((event) => event.seq === seq)?.id ?? "";

test("RS-1 each cursor is answered: live, replay, gone, reset", async () => {
  const { owner, room, epoch } = await roomWith(5);
  const client = await device(owner);
  const ghost = newNonce();
  await client.resume(epoch, [
    { feed: room, seq: 3, id: idAt(owner, room, 3) },
    { feed: LOBBY },
    { feed: ghost, seq: 1, id: newNonce() },
    { feed: userFeed(newNonce()) },
  ]);
  const { feeds } = await client.next("feeds");
  expect(feeds.map(({ state }) => state)).toEqual(["replay", "live", "gone", "gone"]);
  await client.resume(epoch, [{ feed: room, seq: 3, id: newNonce() }]);
  expect(await client.next("reset")).toMatchObject({ feed: room, head: 7, floor: 0, why: "lineage" });
});

test("RS-2 RS-5 another epoch, the future, another id: reset with the reason, and then live", async () => {
  const { owner, room, epoch } = await roomWith(3);
  const cases = [
    { cursor: { seq: 3, id: idAt(owner, room, 3) }, epoch: "of another store", why: "epoch" },
    { cursor: { seq: 99, id: newNonce() }, epoch, why: "future" },
    { cursor: { seq: 5, id: idAt(owner, room, 4) }, epoch, why: "lineage" },
    { cursor: { seq: 5 }, epoch, why: "lineage" },
  ];
  for (const { cursor, epoch: lineage, why } of cases) {
    const client = await device(owner);
    await client.resume(lineage, [{ feed: room, ...cursor }]);
    const reset = await client.next("reset");
    expect(reset).toMatchObject({ feed: room, why });
    await owner.command({ kind: "send_message", room, text: `after ${why}` });
    await client.event(room, ({ seq }) => seq === reset.head + 1);
    expect(seqs(client.events(room))).toEqual([reset.head + 1]);
    client.close();
  }
});

test("RS-3 a feed without a copy is live at once, and everything above its head follows once", async () => {
  const { owner, room, epoch } = await roomWith(3);
  const client = await device(owner);
  await client.resume(epoch, [{ feed: room }]);
  const state = await standing(client, room);
  expect(state).toMatchObject({ state: "live", head: 5 });
  for (let count = 0; count < 5; count++) await owner.command({ kind: "send_message", room, text: "more" });
  await client.event(room, ({ seq }) => seq === 10);
  expect(seqs(client.events(room))).toEqual(range(6, 10));
});

test("RS-4 RS-7 a long replay comes in pages, contiguous, and continues with live events without a gap", async () => {
  const count = 3 * LIMITS.replay_events + 50;
  const { owner, room, epoch } = await roomWith(count);
  const client = await device(owner);
  await client.resume(epoch, [{ feed: room, seq: 3, id: idAt(owner, room, 3) }]);
  // Others go on talking while the replay runs.
  const talking = range(1, 40).map((index) =>
    owner.command({ kind: "send_message", room, text: `live ${index}` }),
  );
  await Promise.all(talking);
  const last = count + 2 + 40;
  await client.event(room, ({ seq }) => seq === last);
  expect(seqs(client.events(room))).toEqual(range(4, last));
  for (const frame of client.frames) {
    if (frame.type === "events") expect(frame.events.length).toBeLessThanOrEqual(LIMITS.replay_events);
  }
});

test("RS-7 a replay page stays under 256 KB", async () => {
  const { owner, room, epoch } = await roomWith(80, "x".repeat(7_900));
  const client = await device(owner);
  await client.resume(epoch, [{ feed: room, seq: 0, id: newNonce() }]);
  await client.event(room, ({ seq }) => seq === 82);
  const sizes = client.frames.map((frame) => (frame.type === "events" ? JSON.stringify(frame).length : 0));
  expect(Math.max(...sizes)).toBeLessThan(LIMITS.replay_bytes + 1_024);
  expect(seqs(client.events(room))).toEqual(range(1, 82));
});

test("RS-4 wherever the connection is cut, all connections together receive every seq once", async () => {
  const { owner, room, epoch } = await roomWith(1);
  const talking = (async () => {
    for (let count = 0; count < 120; count++)
      await owner.command({ kind: "send_message", room, text: `n ${count}` });
  })();
  const seen: FeedEvent[] = [];
  const first = idAt(owner, room, 3);
  while ((seen.at(-1)?.seq ?? 3) < 123) {
    const client = await device(owner);
    const from = seen.at(-1);
    await client.resume(epoch, [{ feed: room, seq: from?.seq ?? 3, id: from?.id ?? first }]);
    await client.event(room, () => true);
    client.close();
    seen.push(...client.events(room).filter(({ seq }) => seq > (from?.seq ?? 3)));
  }
  await talking;
  expect(seqs(seen)).toEqual(range(4, 123));
});

test("RS-6 RS-2 a user who has left the room meanwhile gets gone and no event", async () => {
  const { owner, room, epoch } = await roomWith(2);
  const guest = new WireClient(server);
  await guest.join(`Leaver ${++people}`);
  await guest.command({ kind: "join_room", room });
  await guest.command({ kind: "leave_room", room });
  const back = await device(guest);
  await back.resume(epoch, [{ feed: room, seq: 4, id: idAt(owner, room, 4) }]);
  expect(await standing(back, room)).toMatchObject({ state: "gone" });
  await owner.command({ kind: "send_message", room, text: "secret" });
  await back.settled();
  expect(back.events(room)).toEqual([]);
});

test("RS-8 EV-5 a user receives every event after joining and none after leaving", async () => {
  const { owner, room } = await roomWith(2);
  const guest = new WireClient(server);
  await guest.join(`Guest ${++people}`);
  // All of it in one go, so that the store takes it in one batch.
  const say = (text: string) => owner.command({ kind: "send_message", room, text });
  await Promise.all([
    say("before"),
    guest.command({ kind: "join_room", room }),
    say("inside one"),
    say("inside two"),
  ]);
  const gained = await standing(guest, room);
  const isJoin = (event: FeedEvent) => event.kind === "member_joined" && event.user_name.startsWith("Guest");
  await owner.event(room, isJoin);
  const joined = owner.events(room).find(isJoin);
  expect(gained).toMatchObject({ state: "live", head: joined?.seq, room: { id: room, role: "member" } });
  await say("inside three");
  await guest.event(room, (event) => event.kind === "message_sent" && event.text === "inside three");
  await Promise.all([guest.command({ kind: "leave_room", room }), say("outside one"), say("outside two")]);
  expect(await guest.next("feeds", ({ feeds }) => feeds[0]?.state === "gone")).toMatchObject({
    feeds: [{ feed: room }],
  });
  await guest.settled();
  const left = guest.events(room).at(-1);
  expect(left?.kind).toBe("member_left");
  expect(seqs(guest.events(room))).toEqual(range((joined?.seq ?? 0) + 1, left?.seq ?? 0));
});

test("EV-5 in a private room no user receives an event outside their membership, however often they join and leave", async () => {
  const owner = new WireClient(server);
  await owner.join(`Keeper ${++people}`);
  const guest = new WireClient(server);
  const { user } = await guest.join(`Guest ${people}`);
  const room = newNonce();
  await owner.command({ kind: "create_room", room, room_kind: "private", name: "Secret" });
  for (let round = 0; round < 15; round++) {
    await Promise.all([
      owner.command({ kind: "send_message", room, text: "outside" }),
      owner.command({ kind: "invite_member", room, user: user.id }),
      owner.command({ kind: "send_message", room, text: "inside" }),
    ]);
    await Promise.all([
      guest.command({ kind: "leave_room", room }),
      owner.command({ kind: "send_message", room, text: "outside" }),
    ]);
  }
  await guest.settled();
  let inside = true;
  for (const event of guest.events(room)) {
    if (event.kind === "message_sent") expect(event.text).toBe("inside");
    inside = event.kind !== "member_left";
  }
  expect(inside).toBe(false);
});

test("EV-1 EV-2 events carry author, time and nonce; times never decrease; frames are contiguous", async () => {
  const { owner, room } = await roomWith(30);
  const events = owner.events(room).filter(({ seq }) => seq > 2);
  for (const event of events)
    expect(event).toMatchObject({ name: expect.stringMatching(/^Host/), nonce: expect.any(String) });
  const times = owner.events(room).map(({ at }) => at);
  expect(times).toEqual([...times].sort((a, b) => a - b));
  for (const frame of owner.frames) {
    if (frame.type !== "events" || frame.events.length === 0) continue;
    const [first] = frame.events;
    expect(seqs(frame.events)).toEqual(range(first?.seq ?? 0, (first?.seq ?? 0) + frame.events.length - 1));
  }
});

test("EV-3 after is always answered: with events, with none, with gone", async () => {
  const { owner, room } = await roomWith(400);
  const client = await device(owner);
  const { epoch } = await owner.frames.find((frame) => frame.type === "welcome")!;
  await client.resume(epoch, [{ feed: room }]);
  await standing(client, room);
  for (const [seq, limit, wanted] of [
    [395, 300, range(396, 402)],
    [10, 20, range(11, 30)],
    [402, 10, []],
  ] as const) {
    await client.send({ type: "after", feed: room, seq, limit });
    const { events } = await client.next("events", ({ feed }) => feed === room);
    expect(seqs(events)).toEqual([...wanted]);
  }
  await client.send({ type: "after", feed: newNonce(), seq: 0, limit: 10 });
  expect((await client.next("feeds")).feeds).toMatchObject([{ state: "gone" }]);
});

test("EV-6 a deleted text is not served from the ring either", async () => {
  const { owner, room, epoch } = await roomWith(3, "sceret");
  const message = owner.events(room).find(({ seq }) => seq === 4)?.id ?? "";
  await owner.command({ kind: "delete_message", room, message });
  const client = await device(owner);
  await client.resume(epoch, [{ feed: room, seq: 3, id: idAt(owner, room, 3) }]);
  await client.event(room, ({ kind }) => kind === "message_deleted");
  expect(client.events(room)[0]).toMatchObject({ seq: 4, id: message, text: "", redacted: true });
  await client.send({ type: "after", feed: room, seq: 3, limit: 10 });
  const { events } = await client.next("events", ({ events: list }) => list.length > 1);
  expect(JSON.stringify(events.find(({ seq }) => seq === 4))).not.toContain("sceret");
});

test("RS-7 long replays of many rooms are sent page by page, each to its head, also when resumed twice", async () => {
  const owner = new WireClient(server);
  const { epoch } = await owner.join(`Host ${++people}`);
  const rooms = Array.from({ length: 12 }, newNonce);
  for (const room of rooms) {
    await owner.command({ kind: "create_room", room, room_kind: "private", name: "Much" });
    const text = "y".repeat(4_000);
    await Promise.all(Array.from({ length: 20 }, () => owner.command({ kind: "send_message", room, text })));
  }
  const client = await device(owner);
  const cursors = rooms.map((feed) => ({ feed, seq: 0, id: newNonce() }));
  await client.resume(epoch, [...cursors, ...cursors]);
  for (const room of rooms) await client.event(room, ({ seq }) => seq === 22);
  for (const room of rooms) expect(seqs(client.events(room))).toEqual(range(1, 22));
});
