import { describe, expect, test } from "bun:test";
import { LIMITS } from "@parley/protocol";
import { feed, ME, OTHER, Stage, sentEvent, welcome } from "../../testing/client-harness.ts";

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
function watching(stage = new Stage()) {
  const line = stage.follow();
  stage.client.watch(["lobby"]);
  stage.clock.advance(0);
  return { stage, line, lobby: stage.client.room("lobby") };
}

describe("watching", () => {
  test("SG-1 many changes of a turn are one frame, several watches add up, and only own rooms are named", () => {
    const stage = new Stage();
    const line = stage.follow();
    const end = stage.client.watch(["lobby", "elsewhere"]);
    stage.client.watch(["lobby", "club"]);
    stage.clock.advance(0);
    expect(line.take("watch")).toEqual([{ type: "watch", rooms: ["lobby"] }]);
    line.say({ type: "feeds", feeds: [feed("club", "live", 2)] });
    stage.clock.advance(0);
    expect(line.take("watch")).toEqual([{ type: "watch", rooms: ["lobby", "club"] }]);
    end();
    stage.clock.advance(0);
    expect(line.take("watch")).toEqual([]);
  });

  test("SG-1 it is said again on every line, and at most 50 rooms, the newest first", () => {
    const stage = new Stage();
    stage.follow();
    const rooms = Array.from({ length: 60 }, (_, index) => `room ${index}`);
    stage.line.say({ type: "feeds", feeds: rooms.map((id) => feed(id, "live", 1)) });
    stage.client.watch(rooms);
    stage.client.watch(["room 59"]);
    stage.clock.advance(0);
    stage.line.close(1006);
    stage.clock.advance(10_000);
    stage.line.open();
    stage.line.say(welcome([...rooms, "lobby"].map((id) => feed(id, "listed", 1))));
    const [again] = stage.line.take("watch");
    expect(again?.rooms).toHaveLength(LIMITS.watched);
    expect(again?.rooms[0]).toBe("room 59");
  });
});

describe("presence", () => {
  test("SG-4 a whole list, then differences; together over all rooms", () => {
    const { stage, line, lobby } = watching();
    expect(lobby.presence.get()).toBeNull();
    line.say(presence({ whole: true, count: 2, online: [ME, OTHER] }));
    expect(lobby.presence.get()).toEqual({ count: 2, online: new Set([ME, OTHER]) });
    expect(stage.client.online.get()).toEqual(new Set([ME, OTHER]));
    line.say(presence({ count: 2, online: ["ann"], offline: [OTHER] }));
    expect(lobby.presence.get()).toEqual({ count: 2, online: new Set([ME, "ann"]) });
    expect(stage.client.online.get().has(OTHER)).toBe(false);
  });

  test("SG-5 large rooms are counted", () => {
    const { line, lobby } = watching();
    line.say(presence({ whole: true, count: 300 }));
    line.say(presence({ count: 301 }));
    expect(lobby.presence.get()).toEqual({ count: 301, online: null });
  });

  test("SG-1 what is no longer watched, and all of it without a connection, is not known", () => {
    const stage = new Stage();
    const line = stage.follow();
    const end = stage.client.watch(["lobby"]);
    stage.clock.advance(0);
    line.say(presence({ whole: true, online: [ME] }));
    line.say({ type: "receipts", room: "lobby", reads: [{ user: OTHER, seq: 3 }] });
    end();
    stage.clock.advance(0);
    const lobby = stage.client.room("lobby");
    expect([lobby.presence.get(), lobby.receipts.get()]).toEqual([null, null]);
    line.say(presence({ whole: true, online: [ME] }));
    expect(lobby.presence.get()).toBeNull();
    stage.client.watch(["lobby"]);
    stage.clock.advance(0);
    line.say(presence({ whole: true, online: [ME] }));
    line.close(1006);
    expect([lobby.presence.get(), stage.client.online.get().size]).toEqual([null, 0]);
  });
});

describe("typing", () => {
  test("SG-6 others, for 6 s on this clock, or until they have said it", () => {
    const { stage, line, lobby } = watching();
    line.say(typing(ME, OTHER, "ann"));
    expect(lobby.typing.get().map(({ id }) => id)).toEqual([OTHER, "ann"]);
    line.say({ type: "events", feed: "lobby", events: [sentEvent(1, "there", OTHER)] });
    expect(lobby.typing.get()).toEqual([{ id: "ann", name: "ann" }]);
    stage.clock.advance(5_999);
    expect(lobby.typing.get()).toHaveLength(1);
    let heard = 0;
    lobby.typing.subscribe(() => heard++);
    stage.clock.advance(1);
    expect([lobby.typing.get(), heard]).toEqual([[], 1]);
  });

  test("SG-6 one's own is told at most each 3 s, and at once after a message", () => {
    const { stage, line, lobby } = watching();
    for (let key = 0; key < 9; key++) lobby.noteTyping();
    expect(line.take("typing")).toEqual([{ type: "typing", room: "lobby" }]);
    stage.clock.advance(3_000);
    lobby.noteTyping();
    lobby.send("there");
    lobby.noteTyping();
    expect(line.take("typing")).toHaveLength(2);
    line.close(1006);
    stage.clock.advance(3_000);
    lobby.noteTyping();
    expect(line.take("typing")).toEqual([]);
  });
});

test("SG-8 receipts: all, then what changed, without those who left", () => {
  const { line, lobby } = watching();
  line.say({ type: "receipts", room: "lobby", reads: [OTHER, "ann"].map((user) => ({ user, seq: 3 })) });
  line.say({ type: "receipts", room: "lobby", reads: [{ user: "ann", seq: 5 }] });
  expect(lobby.receipts.get()).toEqual(
    new Map([
      [OTHER, 3],
      ["ann", 5],
    ]),
  );
  const left = { ...sentEvent(1, "", "ann"), kind: "member_left", user: "ann", user_name: "ann" } as never;
  line.say({ type: "events", feed: "lobby", events: [left] });
  expect(lobby.receipts.get()).toEqual(new Map([[OTHER, 3]]));
});

test("EV-7 signals and frames of a later version are ignored", () => {
  const { stage, line } = watching();
  line.say({ type: "weather", room: "lobby" });
  expect(stage.client.connection.get().state).toBe("live");
});
