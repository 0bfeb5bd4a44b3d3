import { expect, test } from "bun:test";
import { type FeedEvent, toWire } from "@parley/protocol";
import { FollowedFeed } from "../../gateway/feeds/followed-feed.ts";
import { FakeClock } from "../../testing/fake-clock.ts";
import type { DialectEncoder } from "../encoder.ts";
import { lobbyJson } from "../lobby-json/encode.ts";
import { lobbyText } from "../lobby-text/encode.ts";
import { roomsByRest } from "../rooms-by-rest/encode.ts";
import { roomsByUrl } from "../rooms-by-url/encode.ts";
import { DialectRoom, type RoomClient } from "./room.ts";

const ROOM = "lobby";

function setUp() {
  const clock = new FakeClock();
  const followed = new FollowedFeed(ROOM);
  followed.start({ seq: 0, id: null });
  /** What was published, as `encoder type` or the line itself, and what was sent to one client alone. */
  const out: string[] = [];
  const alone = new Map<string, string[]>();
  const ended: string[] = [];
  const dialectRoom = new DialectRoom({
    followed,
    timing: clock,
    wallClock: () => 0,
    publish: (topic, frame) => out.push(`${topic.slice(0, -1 - ROOM.length)} ${brief(frame)}`),
  });
  const client = (name: string, encoder: DialectEncoder): RoomClient => ({
    id: `id-${name}`,
    name,
    encoder,
    send: (frame) => void alone.set(name, [...(alone.get(name) ?? []), brief(frame)]),
    isAlive: async () => true,
    terminate() {},
    roomDeleted: () => void ended.push(name),
  });
  const enter = (name: string, encoder: DialectEncoder) => {
    const one = client(name, encoder);
    dialectRoom.claim(one);
    dialectRoom.enter(one);
    return one;
  };
  let seq = 0;
  const event = (more: object) =>
    toWire({
      seq: ++seq,
      id: `e${seq}`,
      at: 1,
      nonce: "n",
      name: "Ada",
      actor: "id-Ada",
      ...more,
    } as FeedEvent);
  const says = (text: string, actor = "id-Ada") =>
    dialectRoom.published([event({ kind: "message_sent", text, mentions: [], reply_to: null, actor })]);
  const take = () => out.splice(0);
  return { clock, dialectRoom, out, alone, ended, client, enter, event, says, take };
}

function brief(frame: string): string {
  if (!frame.startsWith("{")) return frame;
  const { type, users, username, content } = JSON.parse(frame);
  if (type === "user_list_update") return `list ${users.length}`;
  if (type === "user_list") return `list ${users.join(",").slice(0, 40)}`;
  return [type, users && `[${users}]`, username, content].filter(Boolean).join(" ");
}

test("each event is encoded once for each dialect in use, and for no other", () => {
  const { enter, says, take, dialectRoom } = setUp();
  says("empty room");
  expect(take()).toEqual([]);
  const ada = enter("Ada", roomsByRest);
  expect(take()).toEqual(["chat-room join Ada", "chat-room list Ada"]);
  for (const name of ["Bea", "Bim"]) enter(name, roomsByUrl);
  enter("Tom", lobbyText);
  take();
  says("hi");
  expect(take()).toEqual(["chat-room message Ada hi", "named-room message Ada hi", "lobby-text Ada: hi"]);
  dialectRoom.leave(ada);
  expect(take()).toEqual(["lobby-text System: Ada has left the chat"]);
  says("more");
  expect(take()).toEqual(["named-room message Ada more", "lobby-text Ada: more"]);
});

test("typing is published at once and when it changes, and ends at a message, at departure, after 6 s", () => {
  const { enter, says, take, dialectRoom, clock } = setUp();
  const [ada, bim] = [enter("Ada", roomsByRest), enter("Bim", roomsByRest)];
  clock.advance(1_000);
  take();
  dialectRoom.typing(ada, true);
  dialectRoom.typing(ada, true);
  dialectRoom.typing(bim, true);
  expect(take()).toEqual(["chat-room typing [Ada]", "chat-room typing [Ada,Bim]"]);
  says("done");
  expect(take()).toEqual(["chat-room typing [Bim]", "chat-room message Ada done"]);
  dialectRoom.typing(bim, false);
  dialectRoom.typing(bim, false);
  expect(take()).toEqual(["chat-room typing []"]);
  dialectRoom.typing(ada, true);
  clock.advance(3_000);
  dialectRoom.typing(ada, true);
  clock.advance(5_999);
  expect(take()).toEqual(["chat-room typing [Ada]"]);
  clock.advance(1);
  expect(take()).toEqual(["chat-room typing []"]);
  dialectRoom.typing(bim, true);
  take();
  dialectRoom.leave(bim);
  expect(take()).toEqual(["chat-room typing []", "chat-room leave Bim", "chat-room list Ada"]);
  clock.advance(10_000);
  expect(clock.waiting).toBe(0);
});

test("in a large room typing is published once a second", () => {
  const { enter, take, dialectRoom, clock } = setUp();
  for (let i = 0; i < 300; i++) enter(`n${i}`, roomsByRest);
  clock.advance(10_000);
  take();
  for (let i = 0; i < 300; i++) dialectRoom.typing({ id: `id-n${i}`, name: `n${i}` }, true);
  expect(take()).toHaveLength(1);
  for (let i = 0; i < 300; i++) dialectRoom.typing({ id: `id-n${i}`, name: `n${i}` }, false);
  expect(take()).toHaveLength(0);
  clock.advance(1_000);
  expect(take()).toEqual(["chat-room typing []"]);
  clock.advance(10_000);
  expect(take()).toEqual([]);
});

test("users of the native protocol come and go like others, once", () => {
  const { enter, take, dialectRoom, clock } = setUp();
  enter("Ada", roomsByRest);
  clock.advance(1_000);
  take();
  dialectRoom.personJoined({ id: "n", name: "Nat" });
  dialectRoom.personJoined({ id: "n", name: "Nat" });
  clock.advance(1_000);
  dialectRoom.personLeft("n");
  dialectRoom.personLeft("n");
  expect(take()).toEqual([
    "chat-room join Nat",
    "chat-room list Ada,Nat",
    "chat-room leave Nat",
    "chat-room list Ada",
  ]);
});

test("a name has one holder, also where it looks different, and is free at once when the holder leaves", () => {
  const { dialectRoom, client, enter } = setUp();
  const ada = enter("Ada", lobbyJson);
  const other = { ...client("ADA ", lobbyText), id: "other" };
  expect(dialectRoom.claim(other)).toBe(ada);
  dialectRoom.leave(ada);
  expect(dialectRoom.claim(other)).toBeNull();
  // A client that claimed and never entered releases the name, too.
  dialectRoom.leave(other);
  expect(dialectRoom.claim(ada)).toBeNull();
});

test("above 200 users each new client gets a list, all others one every 5 s", () => {
  const { enter, take, dialectRoom, alone, clock } = setUp();
  for (let i = 0; i < 300; i++) dialectRoom.personJoined({ id: `n${i}`, name: `n${i}` });
  clock.advance(10_000);
  enter("Ada", lobbyJson);
  // The first change after a while is published to all, the new client among them.
  expect(take()).toContain("lobby-json list 301");
  expect(alone.size).toBe(0);
  enter("Bim", lobbyJson);
  expect(alone.get("Bim")).toEqual(["list 302"]);
  // Those who join within 250 ms share a list: it is encoded four times a second at most.
  for (const name of ["Cat", "Dan", "Eve"]) enter(name, lobbyJson);
  expect([alone.get("Cat"), alone.get("Eve")]).toEqual([undefined, undefined]);
  clock.advance(250);
  for (const name of ["Cat", "Dan", "Eve"]) expect(alone.get(name)).toEqual(["list 305"]);
  expect(alone.get("Ada")).toBeUndefined();
  clock.advance(10_000);
  expect(take().filter((line) => line.includes("list"))).toEqual(["lobby-json list 305"]);
  for (const lists of alone.values()) expect(lists).toHaveLength(1);
});

test("a client that joined while the room grew large is not forgotten", () => {
  const { enter, alone, take, clock, dialectRoom } = setUp();
  for (let i = 0; i < 199; i++) dialectRoom.personJoined({ id: `n${i}`, name: `n${i}` });
  clock.advance(10_000);
  dialectRoom.personJoined({ id: "a", name: "a" });
  dialectRoom.personLeft("a");
  // Due for all in 250 ms, and then the room is large.
  enter("Ada", roomsByRest);
  dialectRoom.personJoined({ id: "b", name: "b" });
  dialectRoom.personJoined({ id: "c", name: "c" });
  clock.advance(250);
  expect([...take(), ...(alone.get("Ada") ?? [])].some((line) => line.includes("list"))).toBe(true);
});

test("a storm of a thousand joins costs tens of frames to all, not a thousand", () => {
  const { enter, take, clock } = setUp();
  for (let i = 0; i < 1_000; i++) {
    enter(`n${i}`, lobbyJson);
    clock.advance(1);
  }
  clock.advance(10_000);
  const frames = take();
  expect(frames.filter((line) => line.includes("joined")).length).toBeLessThanOrEqual(12);
  expect(frames.filter((line) => line.includes("list")).length).toBeLessThanOrEqual(5);
});

test("deletion disconnects all clients and admits no more", () => {
  const { enter, dialectRoom, ended, event } = setUp();
  enter("Ada", roomsByRest);
  enter("Bim", roomsByUrl);
  expect(dialectRoom.deleted).toBe(false);
  dialectRoom.published([event({ kind: "room_deleted" })]);
  expect(ended).toEqual(["Ada", "Bim"]);
  expect(dialectRoom.deleted).toBe(true);
});

test("a released room leaves no timers", () => {
  const { enter, dialectRoom, clock } = setUp();
  for (let i = 0; i < 300; i++) enter(`n${i}`, roomsByRest);
  dialectRoom.typing({ id: "id-n1", name: "n1" }, true);
  dialectRoom.close();
  expect(clock.waiting).toBe(0);
});
