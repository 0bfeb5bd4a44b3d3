import { describe, expect, test } from "bun:test";
import { LIMITS } from "@parley/protocol";
import { ClientHarness, feed, ME, OTHER, sentEvent, welcome } from "../../testing/client-harness.ts";

const presence = (change: object) => ({
  type: "presence",
  room: "lobby",
  count: 1,
  online: [],
  offline: [],
  ...change,
});
const typing = (...ids: string[]) => ({
  type: "typing",
  room: "lobby",
  users: ids.map((id) => ({ id, name: id })),
});
function watching(harness = new ClientHarness()) {
  const socket = harness.follow();
  harness.client.watch(["lobby"]);
  harness.clock.advance(0);
  return { stage: harness, line: socket, lobby: harness.client.room("lobby") };
}

describe("watching", () => {
  test("SG-1 many changes of a turn are one frame, several watches add up, and only own rooms are named", () => {
    const harness = new ClientHarness();
    const socket = harness.follow();
    const end = harness.client.watch(["lobby", "elsewhere"]);
    harness.client.watch(["lobby", "club"]);
    harness.clock.advance(0);
    expect(socket.take("watch")).toEqual([{ type: "watch", rooms: ["lobby"] }]);
    socket.say({ type: "feeds", feeds: [feed("club", "live", 2)] });
    harness.clock.advance(0);
    expect(socket.take("watch")).toEqual([{ type: "watch", rooms: ["lobby", "club"] }]);
    end();
    harness.clock.advance(0);
    expect(socket.take("watch")).toEqual([]);
  });

  test("SG-1 it is sent again on every connection, with at most 50 rooms, the newest first", () => {
    const harness = new ClientHarness();
    harness.follow();
    const rooms = Array.from({ length: 60 }, (_, index) => `room ${index}`);
    harness.socket.say({ type: "feeds", feeds: rooms.map((id) => feed(id, "live", 1)) });
    harness.client.watch(rooms);
    harness.client.watch(["room 59"]);
    harness.clock.advance(0);
    harness.socket.close(1006);
    harness.clock.advance(10_000);
    harness.socket.open();
    harness.socket.say(welcome([...rooms, "lobby"].map((id) => feed(id, "listed", 1))));
    const [again] = harness.socket.take("watch");
    expect(again?.rooms).toHaveLength(LIMITS.watched);
    expect(again?.rooms[0]).toBe("room 59");
  });
});

describe("presence", () => {
  test("SG-4 a whole list, then differences; together over all rooms", () => {
    const { stage: harness, line: socket, lobby } = watching();
    expect(lobby.presence.get()).toBeNull();
    socket.say(presence({ whole: true, count: 2, online: [ME, OTHER] }));
    expect(lobby.presence.get()).toEqual({ count: 2, online: new Set([ME, OTHER]), unknown: false });
    expect(harness.client.online.get()).toEqual(new Set([ME, OTHER]));
    socket.say(presence({ count: 2, online: ["ann"], offline: [OTHER] }));
    expect(lobby.presence.get()).toEqual({ count: 2, online: new Set([ME, "ann"]), unknown: false });
    expect(harness.client.online.get().has(OTHER)).toBe(false);
  });

  test("SG-9 users of servers that are out of reach are not known, until the next whole list", () => {
    const { stage: harness, line: socket, lobby } = watching();
    socket.say(presence({ whole: true, online: [ME, OTHER], count: 2 }));
    expect(harness.client.onlineUnknown.get()).toBe(false);
    socket.say(presence({ whole: true, online: [ME], unknown: true }));
    socket.say(presence({ count: 2, online: ["ann"] }));
    expect(lobby.presence.get()).toEqual({ count: 2, online: new Set([ME, "ann"]), unknown: true });
    expect(harness.client.onlineUnknown.get()).toBe(true);
    socket.say(presence({ whole: true, count: 2, online: [ME, OTHER] }));
    expect(lobby.presence.get()?.unknown).toBe(false);
    expect(harness.client.onlineUnknown.get()).toBe(false);
    socket.say(presence({ whole: true, online: [ME], unknown: true }));
    socket.close(1006);
    expect(harness.client.onlineUnknown.get()).toBe(false);
  });

  test("SG-5 large rooms are counted", () => {
    const { line: socket, lobby } = watching();
    socket.say(presence({ whole: true, count: 300 }));
    socket.say(presence({ count: 301 }));
    expect(lobby.presence.get()).toEqual({ count: 301, online: null, unknown: false });
  });

  test("SG-1 what is no longer watched, and all of it without a connection, is not known", () => {
    const harness = new ClientHarness();
    const socket = harness.follow();
    const end = harness.client.watch(["lobby"]);
    harness.clock.advance(0);
    socket.say(presence({ whole: true, online: [ME] }));
    socket.say({ type: "receipts", room: "lobby", reads: [{ user: OTHER, seq: 3 }] });
    end();
    harness.clock.advance(0);
    const lobby = harness.client.room("lobby");
    expect([lobby.presence.get(), lobby.receipts.get()]).toEqual([null, null]);
    socket.say(presence({ whole: true, online: [ME] }));
    expect(lobby.presence.get()).toBeNull();
    harness.client.watch(["lobby"]);
    harness.clock.advance(0);
    socket.say(presence({ whole: true, online: [ME] }));
    socket.close(1006);
    expect([lobby.presence.get(), harness.client.online.get().size]).toEqual([null, 0]);
  });
});

describe("typing", () => {
  test("SG-6 others, for 6 s on this clock, or until their message is there", () => {
    const { stage: harness, line: socket, lobby } = watching();
    socket.say(typing(ME, OTHER, "ann"));
    expect(lobby.typing.get().map(({ id }) => id)).toEqual([OTHER, "ann"]);
    socket.say({ type: "events", feed: "lobby", events: [sentEvent(1, "there", OTHER)] });
    expect(lobby.typing.get()).toEqual([{ id: "ann", name: "ann" }]);
    harness.clock.advance(5_999);
    expect(lobby.typing.get()).toHaveLength(1);
    let calls = 0;
    lobby.typing.subscribe(() => calls++);
    harness.clock.advance(1);
    expect([lobby.typing.get(), calls]).toEqual([[], 1]);
  });

  test("SG-6 the own typing is sent at most each 3 s, and at once after a message", () => {
    const { stage: harness, line: socket, lobby } = watching();
    for (let key = 0; key < 9; key++) lobby.noteTyping();
    expect(socket.take("typing")).toEqual([{ type: "typing", room: "lobby" }]);
    harness.clock.advance(3_000);
    lobby.noteTyping();
    lobby.send("there");
    lobby.noteTyping();
    expect(socket.take("typing")).toHaveLength(2);
    socket.close(1006);
    harness.clock.advance(3_000);
    lobby.noteTyping();
    expect(socket.take("typing")).toEqual([]);
  });
});

test("SG-8 receipts: all, then what changed, without those who left", () => {
  const { line: socket, lobby } = watching();
  socket.say({ type: "receipts", room: "lobby", reads: [OTHER, "ann"].map((user) => ({ user, seq: 3 })) });
  socket.say({ type: "receipts", room: "lobby", reads: [{ user: "ann", seq: 5 }] });
  expect(lobby.receipts.get()).toEqual(
    new Map([
      [OTHER, 3],
      ["ann", 5],
    ]),
  );
  const left = { ...sentEvent(1, "", "ann"), kind: "member_left", user: "ann", user_name: "ann" } as never;
  socket.say({ type: "events", feed: "lobby", events: [left] });
  expect(lobby.receipts.get()).toEqual(new Map([[OTHER, 3]]));
});

test("EV-7 signals and frames of a later version are ignored", () => {
  const { stage: harness, line: socket } = watching();
  socket.say({ type: "weather", room: "lobby" });
  expect(harness.client.connection.get().state).toBe("live");
});
