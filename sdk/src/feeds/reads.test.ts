import { describe, expect, test } from "bun:test";
import { type FeedState, type ReadState, userFeed } from "@parley/protocol";
import {
  ClientHarness,
  type FakeSocket,
  feed,
  ME,
  OTHER,
  page,
  sentEvent,
  settle,
  welcome,
} from "../../testing/client-harness.ts";

const PRIVATE = userFeed(ME);
const state = (seq: number, unread: number, mentions = 0): ReadState => ({ seq, unread, mentions });
const room = (id: string, head: number, read: ReadState): FeedState => ({
  ...feed(id, "listed", head),
  read,
});
const reads = (harness: ClientHarness) =>
  harness.client.rooms.get().map(({ read }) => [read.seq, read.unread, read.mentions]);

/** Signed in, with the lobby read up to 5 and three unread up to 10. */
function begin(harness: ClientHarness, read = state(5, 3, 1), own = 1): FakeSocket {
  if (harness.sockets.length === 0) harness.client.start();
  const { socket } = harness;
  socket.open();
  socket.say(welcome([room("lobby", 10, read), feed(PRIVATE, "listed", own)]));
  socket.say({ type: "feeds", feeds: [feed("lobby", "live", 10), feed(PRIVATE, "live", own)] });
  return socket;
}
function own(socket: FakeSocket, seq: number, change: object): void {
  const base = { seq, id: `own ${seq}`, actor: ME, name: "Me", at: seq, nonce: `own ${seq}` };
  socket.say({ type: "events", feed: PRIVATE, events: [{ ...base, ...change } as never] });
}
const standing = (head: number, read: ReadState) => ({ ...room("lobby", head, read).room, head, read });

describe("what is unread", () => {
  test("CM-20 is the server's count and what comes behind it, by room and in all", () => {
    const harness = new ClientHarness();
    const socket = begin(harness);
    expect(reads(harness)).toEqual([[5, 3, 1]]);
    const mention = { ...sentEvent(12, "you"), mentions: [ME] };
    socket.say({
      type: "events",
      feed: "lobby",
      events: [sentEvent(11, "hi"), mention as never],
    });
    expect(reads(harness)).toEqual([[5, 5, 2]]);
    expect(harness.client.unread.get()).toEqual({ unread: 5, mentions: 2, rooms: 1 });
    harness.client.room("lobby").markRead();
    expect(reads(harness)).toEqual([[12, 0, 0]]);
    expect(harness.client.unread.get()).toEqual({ unread: 0, mentions: 0, rooms: 0 });
  });

  test("CM-19 an own message, of any device, moves the position to it", () => {
    const harness = new ClientHarness();
    const socket = begin(harness);
    socket.say({ type: "events", feed: "lobby", events: [sentEvent(11, "hi"), sentEvent(12, "own", ME)] });
    expect(reads(harness)).toEqual([[12, 0, 0]]);
    socket.say({ type: "events", feed: "lobby", events: [sentEvent(13, "more")] });
    expect(reads(harness)).toEqual([[12, 1, 0]]);
  });

  test("CM-20 a new member has read what was sent before", () => {
    const harness = new ClientHarness();
    const socket = begin(harness);
    socket.say({ type: "feeds", feeds: [feed("club", "live", 40)] });
    socket.say({ type: "events", feed: "club", events: [sentEvent(41, "hi")] });
    expect(harness.client.rooms.get().find(({ id }) => id === "club")?.read).toEqual(state(40, 1));
  });

  test("a count in doubt is asked for once, after a while", async () => {
    const harness = new ClientHarness();
    const socket = begin(harness);
    const deleted = (seq: number, of: number) =>
      ({ ...sentEvent(seq, ""), kind: "message_deleted", message: { id: `event ${of}`, seq: of } }) as never;
    socket.say({ type: "events", feed: "lobby", events: [deleted(11, 7)] });
    socket.say({ type: "events", feed: "lobby", events: [deleted(12, 8)] });
    expect(harness.requests).toEqual([]);
    harness.clock.advance(300);
    expect(harness.requests.map(({ path }) => path)).toEqual(["/api/v1/rooms/lobby"]);
    harness.requests[0]?.fail();
    await settle();
    harness.clock.advance(10_000);
    harness.requests[1]?.answer(200, standing(12, state(5, 1)));
    await settle();
    expect(reads(harness)).toEqual([[5, 1, 0]]);
    harness.clock.advance(20_000);
    expect(harness.requests).toHaveLength(2);
  });

  test("the room's own messages settle it without a question", async () => {
    const harness = new ClientHarness();
    harness.client.room("lobby").open();
    begin(harness);
    harness.requests[0]?.answer(200, page(10, [4, 6, 8, 9], true));
    await settle();
    harness.client.room("lobby").markRead(8);
    expect(reads(harness)).toEqual([[8, 1, 0]]);
    expect(harness.client.inspect().unconfirmedReads).toBe(1);
    harness.clock.advance(10_000);
    expect(harness.requests).toHaveLength(1);
  });

  test("P6 another epoch: only the server's word counts", () => {
    const harness = new ClientHarness();
    const socket = begin(harness);
    harness.client.room("lobby").markRead();
    socket.close(1006);
    harness.clock.advance(10_000);
    harness.socket.open();
    harness.socket.say(
      welcome([room("lobby", 4, state(2, 1)), feed(PRIVATE, "listed", 1)], { epoch: "another" }),
    );
    expect(reads(harness)).toEqual([[2, 1, 0]]);
    expect(harness.socket.take("read")).toEqual([]);
  });
});

describe("telling the server", () => {
  test("SG-7 the first at once, then the newest each 2 s, and only forward", () => {
    const harness = new ClientHarness();
    const socket = begin(harness);
    const lobby = harness.client.room("lobby");
    lobby.markRead(6);
    lobby.markRead(7);
    lobby.markRead(9);
    lobby.markRead(8);
    expect(socket.take("read")).toEqual([{ type: "read", room: "lobby", seq: 6 }]);
    harness.clock.advance(1_999);
    expect(socket.take("read")).toEqual([]);
    harness.clock.advance(1);
    expect(socket.take("read")).toEqual([{ type: "read", room: "lobby", seq: 9 }]);
    harness.clock.advance(10_000);
    expect(socket.take("read")).toEqual([]);
  });

  test("a seq above the head is not read, and rooms of others are not either", () => {
    const harness = new ClientHarness();
    const socket = begin(harness);
    harness.client.room("lobby").markRead(500);
    harness.client.room("elsewhere").markRead(500);
    expect(socket.take("read")).toEqual([{ type: "read", room: "lobby", seq: 10 }]);
  });

  test("what the server has not confirmed is sent again on the next connection", () => {
    const harness = new ClientHarness();
    const socket = begin(harness);
    const lobby = harness.client.room("lobby");
    lobby.markRead(7);
    own(socket, 2, { kind: "room_read", room: "lobby", room_seq: 7 });
    lobby.markRead(9);
    socket.close(1006);
    harness.clock.advance(10_000);
    const next = begin(harness, state(7, 2), 2);
    expect(next.take("read")).toEqual([{ type: "read", room: "lobby", seq: 9 }]);
    expect(reads(harness)[0]?.[0]).toBe(9);
    own(next, 2, { kind: "room_read", room: "lobby", room_seq: 7 });
    next.say({
      type: "fault",
      code: "rate_limited",
      text: "",
      advice: "retry",
      final: false,
      retry_after: 1,
    });
    harness.clock.advance(1);
    expect(next.take("read")).toHaveLength(1);
    own(next, 3, { kind: "room_read", room: "lobby", room_seq: 9 });
    next.close(1006);
    harness.clock.advance(10_000);
    expect(begin(harness, state(9, 1), 3).take("read")).toEqual([]);
    expect(harness.client.inspect().unconfirmedReads).toBe(0);
  });

  test("LM-4 over the rate the position waits for retry_after, and is sent again", () => {
    const harness = new ClientHarness();
    const socket = begin(harness);
    harness.client.watch(["lobby"]);
    harness.clock.advance(0);
    harness.client.room("lobby").markRead();
    for (const type of ["watch", "read", "resume"] as const) socket.take(type);
    const text = "Too fast.";
    socket.say({
      type: "fault",
      code: "rate_limited",
      text,
      advice: "retry",
      final: false,
      retry_after: 700,
    });
    harness.clock.advance(699);
    expect([socket.take("watch"), socket.take("read")]).toEqual([[], []]);
    harness.clock.advance(1);
    expect(socket.take("watch")).toEqual([{ type: "watch", rooms: ["lobby"] }]);
    expect(socket.take("read")).toEqual([{ type: "read", room: "lobby", seq: 10 }]);
  });

  test("SG-7 a refusal has no answer: what stays unconfirmed for long is sent again", () => {
    const harness = new ClientHarness();
    const socket = begin(harness);
    harness.client.room("lobby").markRead(6);
    harness.clock.advance(30_000);
    socket.say({ type: "pong" });
    expect(socket.take("read").map(({ seq }) => seq)).toEqual([6, 6]);
    own(socket, 2, { kind: "room_read", room: "lobby", room_seq: 6 });
    harness.clock.advance(40_000);
    expect(socket.take("read")).toEqual([]);
  });

  test("a page that closes sends the last position", () => {
    const harness = new ClientHarness();
    const socket = begin(harness);
    harness.client.room("lobby").markRead(6);
    harness.client.room("lobby").markRead(9);
    harness.client.stop();
    expect(socket.take("read").map(({ seq }) => seq)).toEqual([6, 9]);
  });
});

test("CM-19 what another device has read moves it here, and never back", () => {
  const harness = new ClientHarness();
  const socket = begin(harness, state(5, 0));
  socket.say({
    type: "events",
    feed: "lobby",
    events: [11, 12, 13].map((seq) => sentEvent(seq, "hi", OTHER)),
  });
  own(socket, 2, { kind: "room_read", room: "lobby", room_seq: 12 });
  expect(reads(harness)).toEqual([[12, 1, 0]]);
  own(socket, 3, { kind: "room_read", room: "lobby", room_seq: 6 });
  expect(reads(harness)).toEqual([[12, 1, 0]]);
});
