import { describe, expect, test } from "bun:test";
import type { FeedEvent } from "@parley/protocol";
import {
  ClientHarness,
  type FakeSocket,
  feed,
  ME,
  page,
  sentEvent,
  settle,
  welcome,
} from "../../testing/client-harness.ts";

const shown = (harness: ClientHarness) =>
  harness.client
    .room("lobby")
    .timeline.get()
    .items.map(({ seq, text }) => `${seq ?? "-"} ${text}`);
const texts = (...seqs: number[]) => seqs.map((seq) => `${seq} text ${seq}`);
const piece = (as_of: number, seqs: number[], has_before: boolean, has_after: boolean) => ({
  ...page(as_of, seqs, has_before),
  has_after,
});
const edited = (seq: number, of: number, text: string): FeedEvent =>
  ({ ...sentEvent(seq, text), kind: "message_edited", message: { id: `event ${of}`, seq: of } }) as FeedEvent;
const paths = (harness: ClientHarness) =>
  harness.requests.map(({ path }) => path.slice("/api/v1/rooms/lobby/messages?".length));

/** The lobby at 90, of which 80 to 90 are here. */
async function begin(harness = new ClientHarness()): Promise<{ harness: ClientHarness; socket: FakeSocket }> {
  harness.client.room("lobby").open();
  const socket = harness.follow(90);
  harness.requests[0]?.answer(200, page(90, [80, 85, 90], true));
  await settle();
  return { harness, socket };
}
/** The same, looking at 20 to 30. */
async function jumped(): Promise<{ harness: ClientHarness; socket: FakeSocket }> {
  const { harness, socket } = await begin();
  const jump = harness.client.room("lobby").jumpTo(25);
  harness.requests[1]?.answer(200, piece(90, [20, 25, 30], true, true));
  await jump;
  return { harness, socket };
}

describe("jumping into the history", () => {
  test("shows the window around a seq, and returns to the newest at once", async () => {
    const { harness, socket } = await jumped();
    const lobby = harness.client.room("lobby");
    expect(paths(harness)[1]).toBe("around=25&limit=50");
    expect(shown(harness)).toEqual(texts(20, 25, 30));
    expect(lobby.timeline.get()).toMatchObject({ hasBefore: true, hasAfter: true, state: "ready" });
    socket.say({ type: "events", feed: "lobby", events: [sentEvent(91, "text 91")] });
    expect(shown(harness)).toEqual(texts(20, 25, 30));
    lobby.returnToLive();
    expect(shown(harness)).toEqual(texts(80, 85, 90, 91));
    expect(lobby.timeline.get().hasAfter).toBe(false);
    expect(harness.requests).toHaveLength(2);
  });

  test("where the copy has it nothing is asked", async () => {
    const { harness } = await jumped();
    const lobby = harness.client.room("lobby");
    await lobby.jumpTo(30);
    expect(lobby.timeline.get().hasAfter).toBe(true);
    await lobby.jumpTo(85);
    expect(lobby.timeline.get().hasAfter).toBe(false);
    expect(harness.requests).toHaveLength(2);
  });

  test("grows at both ends, and joins the newest where it meets them", async () => {
    const { harness, socket } = await jumped();
    const lobby = harness.client.room("lobby");
    const after = lobby.loadAfter();
    expect(lobby.timeline.get().loadingAfter).toBe(true);
    socket.say({ type: "events", feed: "lobby", events: [edited(91, 40, "new 40")] });
    expect(paths(harness)[2]).toBe("after=30&limit=50");
    harness.requests[2]?.answer(200, piece(90, [40, 50], true, true));
    await after;
    expect(shown(harness)).toEqual([...texts(20, 25, 30), "40 new 40", "50 text 50"]);
    const before = lobby.loadBefore();
    harness.requests[3]?.answer(200, piece(91, [10], false, true));
    await before;
    expect(lobby.timeline.get()).toMatchObject({ hasBefore: false, hasAfter: true });
    const last = lobby.loadAfter();
    harness.requests[4]?.answer(200, piece(91, [60, 80, 85], true, true));
    await last;
    expect(shown(harness)).toEqual([...texts(10, 20, 25, 30), "40 new 40", ...texts(50, 60, 80, 85, 90)]);
    expect(lobby.timeline.get()).toMatchObject({ hasBefore: false, hasAfter: false, loadingAfter: false });
    await lobby.loadAfter();
    expect(harness.requests).toHaveLength(5);
  });

  test("the last jump wins, and a message that is sent shows the newest", async () => {
    const { harness } = await begin();
    const lobby = harness.client.room("lobby");
    const first = lobby.jumpTo(10);
    const second = lobby.jumpTo(50);
    harness.requests[2]?.answer(200, piece(90, [50], true, true));
    harness.requests[1]?.answer(200, piece(90, [10], true, true));
    await Promise.all([first, second]);
    expect(shown(harness)).toEqual(texts(50));
    lobby.send("hello");
    expect(shown(harness)).toEqual([...texts(80, 85, 90), "- hello"]);
  });

  test("a page that was asked for elsewhere is not put to what is looked at now", async () => {
    const { harness } = await jumped();
    const lobby = harness.client.room("lobby");
    const before = lobby.loadBefore();
    lobby.returnToLive();
    harness.requests[2]?.answer(200, piece(90, [15], true, true));
    await before;
    expect(shown(harness)).toEqual(texts(80, 85, 90));
  });

  test("EV-8 what was missed is asked for again: the copy, and the window behind it", async () => {
    const { harness, socket } = await jumped();
    socket.say({ type: "feeds", feeds: [feed("lobby", "gone", 0)] });
    socket.say({ type: "feeds", feeds: [feed("lobby", "live", 200)] });
    harness.requests[2]?.answer(200, page(200, [199, 200], true));
    await settle();
    expect(paths(harness)[3]).toBe("around=25&limit=50");
    harness.requests[3]?.answer(200, piece(200, [24, 25], true, true));
    await settle();
    expect(shown(harness)).toEqual(texts(24, 25));
  });

  test("EV-8 a page that was on its way when events were missed is asked for again", async () => {
    const { harness, socket } = await begin();
    const jump = harness.client.room("lobby").jumpTo(25);
    socket.say({ type: "feeds", feeds: [feed("lobby", "gone", 0)] });
    socket.say({ type: "feeds", feeds: [feed("lobby", "live", 200)] });
    harness.requests[1]?.answer(200, piece(200, [24, 25], true, true));
    await settle();
    harness.requests[3]?.answer(200, piece(200, [25, 26], true, true));
    await jump;
    expect(shown(harness)).toEqual(texts(25, 26));
  });

  test("a jump that fails leaves what is shown", async () => {
    const { harness } = await begin();
    const jump = harness.client.room("lobby").jumpTo(25);
    harness.requests[1]?.fail();
    expect(await jump.catch((error) => error)).toMatchObject({ code: "offline" });
    expect(shown(harness)).toEqual(texts(80, 85, 90));
  });
});

describe("a message that another one answers", () => {
  test("is found in the copy, or loaded alone, and stays current", async () => {
    const { harness, socket } = await begin();
    const lobby = harness.client.room("lobby");
    expect(lobby.find("event 85")?.text).toBe("text 85");
    expect(lobby.find("event 7")).toBeNull();
    const quote = lobby.loadQuote({ id: "event 7", seq: 7 });
    socket.say({ type: "events", feed: "lobby", events: [edited(91, 7, "seven")] });
    expect(paths(harness)[1]).toBe("around=7&limit=1");
    harness.requests[1]?.answer(200, piece(90, [7], true, true));
    expect(await quote).toMatchObject({ id: "event 7", text: "seven" });
    socket.say({ type: "events", feed: "lobby", events: [edited(92, 7, "sieben")] });
    expect(lobby.find("event 7")?.text).toBe("sieben");
    expect(shown(harness)).toEqual(texts(80, 85, 90));
  });

  test("is null where it is not there", async () => {
    const { harness } = await begin();
    const quote = harness.client.room("lobby").loadQuote({ id: "event 7", seq: 7 });
    harness.requests[1]?.answer(200, piece(90, [8], true, true));
    expect(await quote).toBeNull();
  });
});

describe("why a room went", () => {
  const gone = (harness: ClientHarness) => harness.client.room("lobby").timeline.get().gone;
  const event = (seq: number, change: object): FeedEvent =>
    ({ ...sentEvent(seq, ""), actor: "ann", name: "Ann", user: ME, user_name: "Me", ...change }) as never;

  test("CM-15 member_left by another user is a removal, by the user a departure", async () => {
    for (const [actor, why] of [
      ["ann", "removed"],
      [ME, "left"],
    ] as const) {
      const { harness, socket } = await begin();
      socket.say({ type: "events", feed: "lobby", events: [event(91, { kind: "member_left", actor })] });
      socket.say({ type: "feeds", feeds: [feed("lobby", "gone", 0)] });
      expect(gone(harness)).toMatchObject({ why, by: { id: actor, name: "Ann" } });
      expect(shown(harness)).toEqual(texts(80, 85, 90));
      expect(harness.client.rooms.get()).toEqual([]);
      socket.say({ type: "feeds", feeds: [feed("lobby", "live", 95)] });
      expect(gone(harness)).toBeNull();
    }
  });

  test("CM-17 of a deleted room nothing stays, and nothing is asked", async () => {
    const { harness, socket } = await begin();
    socket.say({ type: "events", feed: "lobby", events: [event(91, { kind: "room_deleted" })] });
    expect(harness.client.rooms.get()).toEqual([]);
    expect([gone(harness), shown(harness)]).toEqual([{ why: "deleted", by: { id: "ann", name: "Ann" } }, []]);
    socket.say({ type: "feeds", feeds: [feed("lobby", "gone", 0)] });
    socket.close(1006);
    harness.clock.advance(10_000);
    harness.socket.open();
    harness.socket.say(welcome([feed(`user.${ME}`, "listed", 1)]));
    harness.socket.say({ type: "feeds", feeds: [feed(`user.${ME}`, "live", 1)] });
    expect([harness.client.connection.get().state, gone(harness)?.why]).toEqual(["live", "deleted"]);
    expect(harness.requests).toHaveLength(1);
  });

  test("CM-12 a removal while away is known from the private feed, before or after the list", async () => {
    const { harness, socket } = await begin();
    const removed = event(2, { kind: "room_removed", room: "lobby", room_seq: 91 });
    socket.say({ type: "feeds", feeds: [feed("lobby", "gone", 0)] });
    expect(gone(harness)).toEqual({ why: "lost", by: null });
    socket.say({ type: "events", feed: `user.${ME}`, events: [removed] });
    expect(gone(harness)).toEqual({ why: "removed", by: { id: "ann", name: "Ann" } });
    const other = await begin();
    other.socket.say({ type: "events", feed: `user.${ME}`, events: [removed] });
    expect(gone(other.harness)).toBeNull();
    other.socket.say({ type: "feeds", feeds: [feed("lobby", "gone", 0)] });
    expect(gone(other.harness)?.why).toBe("removed");
    // An old reason explains no new loss.
    other.socket.say({ type: "feeds", feeds: [feed("lobby", "live", 95)] });
    const added = event(3, { kind: "room_added", room: "lobby", room_seq: 95 });
    other.socket.say({ type: "events", feed: `user.${ME}`, events: [added] });
    other.socket.say({ type: "feeds", feeds: [feed("lobby", "gone", 0)] });
    expect(gone(other.harness)?.why).toBe("lost");
  });
});

test("what happens to the room is in the list of rooms and in the notices, in order of seq", async () => {
  const { harness, socket } = await begin();
  const base = { actor: "ann", name: "Ann", user: ME, user_name: "Me" };
  const changes = [
    { kind: "room_renamed", room_name: "Plaza" },
    { kind: "topic_changed", topic: "Sun" },
    { kind: "room_archived" },
    { kind: "role_changed", role: "owner" },
    { kind: "a_kind_of_tomorrow" },
    { kind: "member_joined", user: "bob", user_name: "Bob", role: "member" },
  ];
  const events = changes.map((change, index) => ({ ...sentEvent(91 + index, ""), ...base, ...change }));
  socket.say({ type: "events", feed: "lobby", events: events as never });
  expect(harness.client.rooms.get()).toMatchObject([
    { name: "Plaza", title: "Plaza", topic: "Sun", archived: true, role: "owner", members: 2, head: 96 },
  ]);
  const { notices } = harness.client.room("lobby").timeline.get();
  expect(notices.map(({ seq, kind }) => `${seq} ${kind}`)).toEqual([
    "91 room_renamed",
    "92 topic_changed",
    "93 room_archived",
    "94 role_changed",
    "96 member_joined",
  ]);
  socket.say({
    type: "events",
    feed: "lobby",
    events: [{ ...events[2], seq: 97, kind: "room_unarchived" } as never],
  });
  expect(harness.client.rooms.get()[0]?.archived).toBe(false);
});

test("EV-11 runs of joinings are counted in the list of rooms, and one notice where they follow on each other", async () => {
  const { harness, socket } = await begin();
  const run = (from: number, seq: number) => ({
    seq,
    id: sentEvent(seq, "").id,
    kind: "members_joined" as const,
    from,
    at: seq,
  });
  socket.say({ type: "events", feed: "lobby", events: [run(91, 99)] });
  socket.say({
    type: "events",
    feed: "lobby",
    events: [run(95, 102), sentEvent(103, "Welcome"), run(104, 104)],
  });
  expect(harness.client.rooms.get()).toMatchObject([{ members: 14, head: 104 }]);
  const { notices, items } = harness.client.room("lobby").timeline.get();
  expect(notices.map((notice) => [notice.kind, "from" in notice && notice.from, notice.seq])).toEqual([
    ["members_joined", 91, 102],
    ["members_joined", 104, 104],
  ]);
  expect(items.at(-1)).toMatchObject({ seq: 103, text: "Welcome" });
});
