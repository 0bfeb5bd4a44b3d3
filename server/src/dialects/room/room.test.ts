import { expect, test } from "bun:test";
import { type FeedEvent, toWire } from "@parley/protocol";
import { Followed } from "../../gateway/feeds/followed-feed.ts";
import { HandClock } from "../../testing/fake-clock.ts";
import type { Wire } from "../encoder.ts";
import { lobbyJson } from "../lobby-json/encode.ts";
import { lobbyText } from "../lobby-text/encode.ts";
import { chatRoom } from "../rooms-by-rest/encode.ts";
import { namedRoom } from "../rooms-by-url/encode.ts";
import { Place, type Visitor } from "./room.ts";

const ROOM = "lobby";

function stage() {
  const clock = new HandClock();
  const followed = new Followed(ROOM);
  followed.start({ seq: 0, id: null });
  /** What was published, as `wire type` or the line itself, and to whom alone it was sent. */
  const out: string[] = [];
  const alone = new Map<string, string[]>();
  const ended: string[] = [];
  const place = new Place({
    followed,
    timing: clock,
    wall: () => 0,
    publish: (topic, frame) => out.push(`${topic.slice(0, -1 - ROOM.length)} ${brief(frame)}`),
  });
  const visitor = (name: string, wire: Wire): Visitor => ({
    id: `id-${name}`,
    name,
    wire,
    send: (frame) => void alone.set(name, [...(alone.get(name) ?? []), brief(frame)]),
    alive: async () => true,
    terminate() {},
    roomDeleted: () => void ended.push(name),
  });
  const enter = (name: string, wire: Wire) => {
    const one = visitor(name, wire);
    place.claim(one);
    place.enter(one);
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
    place.published([event({ kind: "message_sent", text, mentions: [], reply_to: null, actor })]);
  const take = () => out.splice(0);
  return { clock, place, out, alone, ended, visitor, enter, event, says, take };
}

function brief(frame: string): string {
  if (!frame.startsWith("{")) return frame;
  const { type, users, username, content } = JSON.parse(frame);
  if (type === "user_list_update") return `list ${users.length}`;
  if (type === "user_list") return `list ${users.join(",").slice(0, 40)}`;
  return [type, users && `[${users}]`, username, content].filter(Boolean).join(" ");
}

test("what happens is put into words once for each wire that somebody speaks, and for no other", () => {
  const { enter, says, take, place } = stage();
  says("nobody here");
  expect(take()).toEqual([]);
  const ada = enter("Ada", chatRoom);
  expect(take()).toEqual(["chat-room join Ada", "chat-room list Ada"]);
  for (const name of ["Bea", "Bim"]) enter(name, namedRoom);
  enter("Tom", lobbyText);
  take();
  says("hi");
  expect(take()).toEqual(["chat-room message Ada hi", "named-room message Ada hi", "lobby-text Ada: hi"]);
  place.leave(ada);
  expect(take()).toEqual(["lobby-text System: Ada has left the chat"]);
  says("more");
  expect(take()).toEqual(["named-room message Ada more", "lobby-text Ada: more"]);
});

test("typing is told at once and when it changes, and ends at a message, at departure, after 6 s", () => {
  const { enter, says, take, place, clock } = stage();
  const [ada, bim] = [enter("Ada", chatRoom), enter("Bim", chatRoom)];
  clock.pass(1_000);
  take();
  place.typing(ada, true);
  place.typing(ada, true);
  place.typing(bim, true);
  expect(take()).toEqual(["chat-room typing [Ada]", "chat-room typing [Ada,Bim]"]);
  says("done");
  expect(take()).toEqual(["chat-room typing [Bim]", "chat-room message Ada done"]);
  place.typing(bim, false);
  place.typing(bim, false);
  expect(take()).toEqual(["chat-room typing []"]);
  place.typing(ada, true);
  clock.pass(3_000);
  place.typing(ada, true);
  clock.pass(5_999);
  expect(take()).toEqual(["chat-room typing [Ada]"]);
  clock.pass(1);
  expect(take()).toEqual(["chat-room typing []"]);
  place.typing(bim, true);
  take();
  place.leave(bim);
  expect(take()).toEqual(["chat-room typing []", "chat-room leave Bim", "chat-room list Ada"]);
  clock.pass(10_000);
  expect(clock.waiting).toBe(0);
});

test("among many who is writing is told once a second", () => {
  const { enter, take, place, clock } = stage();
  for (let i = 0; i < 300; i++) enter(`n${i}`, chatRoom);
  clock.pass(10_000);
  take();
  for (let i = 0; i < 300; i++) place.typing({ id: `id-n${i}`, name: `n${i}` }, true);
  expect(take()).toHaveLength(1);
  for (let i = 0; i < 300; i++) place.typing({ id: `id-n${i}`, name: `n${i}` }, false);
  expect(take()).toHaveLength(0);
  clock.pass(1_000);
  expect(take()).toEqual(["chat-room typing []"]);
  clock.pass(10_000);
  expect(take()).toEqual([]);
});

test("people of the native wire come and go like others, once", () => {
  const { enter, take, place, clock } = stage();
  enter("Ada", chatRoom);
  clock.pass(1_000);
  take();
  place.came({ id: "n", name: "Nat" });
  place.came({ id: "n", name: "Nat" });
  clock.pass(1_000);
  place.went("n");
  place.went("n");
  expect(take()).toEqual([
    "chat-room join Nat",
    "chat-room list Ada,Nat",
    "chat-room leave Nat",
    "chat-room list Ada",
  ]);
});

test("a name is taken by one, also where it looks different, and free at once when that one leaves", () => {
  const { place, visitor, enter } = stage();
  const ada = enter("Ada", lobbyJson);
  const other = { ...visitor("ADA ", lobbyText), id: "other" };
  expect(place.claim(other)).toBe(ada);
  place.leave(ada);
  expect(place.claim(other)).toBeNull();
  // Who only claimed and never entered gives the name back, too.
  place.leave(other);
  expect(place.claim(ada)).toBeNull();
});

test("above 200 people each newcomer gets a list, all others one each 5 s", () => {
  const { enter, take, place, alone, clock } = stage();
  for (let i = 0; i < 300; i++) place.came({ id: `n${i}`, name: `n${i}` });
  clock.pass(10_000);
  enter("Ada", lobbyJson);
  // The first change after a while is told to all, the newcomer among them.
  expect(take()).toContain("lobby-json list 301");
  expect(alone.size).toBe(0);
  enter("Bim", lobbyJson);
  expect(alone.get("Bim")).toEqual(["list 302"]);
  // Those who come within 250 ms are told together: a list is put into words four times a second at most.
  for (const name of ["Cat", "Dan", "Eve"]) enter(name, lobbyJson);
  expect([alone.get("Cat"), alone.get("Eve")]).toEqual([undefined, undefined]);
  clock.pass(250);
  for (const name of ["Cat", "Dan", "Eve"]) expect(alone.get(name)).toEqual(["list 305"]);
  expect(alone.get("Ada")).toBeUndefined();
  clock.pass(10_000);
  expect(take().filter((line) => line.includes("list"))).toEqual(["lobby-json list 305"]);
  for (const lists of alone.values()) expect(lists).toHaveLength(1);
});

test("who came while the room grew large is not forgotten", () => {
  const { enter, alone, take, clock, place } = stage();
  for (let i = 0; i < 199; i++) place.came({ id: `n${i}`, name: `n${i}` });
  clock.pass(10_000);
  place.came({ id: "a", name: "a" });
  place.went("a");
  // Due for all in 250 ms, and then the room is large.
  enter("Ada", chatRoom);
  place.came({ id: "b", name: "b" });
  place.came({ id: "c", name: "c" });
  clock.pass(250);
  expect([...take(), ...(alone.get("Ada") ?? [])].some((line) => line.includes("list"))).toBe(true);
});

test("a storm of a thousand joins costs tens of frames to all, not a thousand", () => {
  const { enter, take, clock } = stage();
  for (let i = 0; i < 1_000; i++) {
    enter(`n${i}`, lobbyJson);
    clock.pass(1);
  }
  clock.pass(10_000);
  const frames = take();
  expect(frames.filter((line) => line.includes("joined")).length).toBeLessThanOrEqual(12);
  expect(frames.filter((line) => line.includes("list")).length).toBeLessThanOrEqual(5);
});

test("deletion sends everybody away and lets nobody in", () => {
  const { enter, place, ended, event } = stage();
  enter("Ada", chatRoom);
  enter("Bim", namedRoom);
  expect(place.deleted).toBe(false);
  place.published([event({ kind: "room_deleted" })]);
  expect(ended).toEqual(["Ada", "Bim"]);
  expect(place.deleted).toBe(true);
});

test("a room that is let go leaves nothing waiting", () => {
  const { enter, place, clock } = stage();
  for (let i = 0; i < 300; i++) enter(`n${i}`, chatRoom);
  place.typing({ id: "id-n1", name: "n1" }, true);
  place.close();
  expect(clock.waiting).toBe(0);
});
