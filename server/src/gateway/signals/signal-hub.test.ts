import { expect, test } from "bun:test";
import { type FeedEvent, LIMITS, type ServerFrame, toWire, userFeed } from "@parley/protocol";
import { memoryBus } from "../../bus/memory.ts";
import { FakeClock } from "../../testing/fake-clock.ts";
import { FollowedFeed } from "../feeds/followed-feed.ts";
import { GRACE, Presence } from "./presence.ts";
import type { RoomSignals } from "./room-signals.ts";
import { SignalHub } from "./signal-hub.ts";

type Signal = Extract<ServerFrame, { type: "presence" | "typing" | "receipts" }>;

const base = { id: "i", actor: "x", name: "X", at: 1, nonce: "n" };
const joined = (seq: number, user = "x"): FeedEvent => ({
  ...base,
  seq,
  kind: "member_joined",
  user,
  user_name: "X",
  role: "member",
});
const left = (seq: number, user = "x"): FeedEvent => ({
  ...base,
  seq,
  kind: "member_left",
  user,
  user_name: "X",
});

/** A room of so many members with one watcher, and all that goes out to its topic. */
function setUp(members: number) {
  const clock = new FakeClock();
  const bus = memoryBus((error) => {
    throw error;
  });
  const presence = new Presence({ bus, epoch: "e", node: "a", timing: clock });
  const sent: Signal[] = [];
  const publish = (topic: string, frame: string) => {
    expect(topic).toBe("signals/r");
    sent.push(JSON.parse(frame));
  };
  const watching = new SignalHub({ bus, epoch: "e", presence, publish, timing: clock });
  const followed = new FollowedFeed("r");
  followed.start({ seq: 10, id: null });
  followed.setMemberCount(members, 10);
  return {
    clock,
    bus,
    presence,
    watching,
    followed,
    sent,
    watch: () => watching.watch(followed),
    standing: (room: RoomSignals) => [...room.snapshotFrames()].map((frame) => JSON.parse(frame) as Signal),
    arrive: (user: string) => presence.arrive({ id: user, name: user }, () => new Set(["r"])),
    event(event: FeedEvent) {
      followed.take([toWire(event)]);
      bus.publish({ epoch: "e", feed: "r", events: [toWire(event)] });
      watching.membership("r", event);
    },
    leave(user: string) {
      presence.depart(user);
      clock.advance(GRACE);
    },
    sign: (user: string) => watching.typing("r", { id: user, name: user.toUpperCase() }),
    /** The sent frames since the last call. */
    sentFrames: () => sent.splice(0),
  };
}

const change = (count: number, online: string[], offline: string[] = []) => ({
  type: "presence",
  room: "r",
  count,
  online,
  offline,
});

test("SG-4 the first change goes out at once, the others together a second later", () => {
  const on = setUp(5);
  on.arrive("ada");
  const room = on.watch();
  expect(on.standing(room)).toEqual([{ ...change(1, ["ada"]), whole: true } as Signal]);
  on.arrive("bim");
  on.arrive("cyd");
  on.arrive("dot");
  expect(on.sentFrames()).toEqual([change(2, ["bim"]) as Signal]);
  on.clock.advance(1_000);
  expect(on.sentFrames()).toEqual([change(4, ["cyd", "dot"]) as Signal]);
  on.clock.advance(60_000);
  expect(on.sentFrames()).toEqual([]);
  expect(on.clock.waiting).toBe(0);
});

test("SG-4 a user who goes and comes back between two frames is not in the second", () => {
  const on = setUp(5);
  on.arrive("ada");
  on.arrive("bim");
  on.watch();
  on.presence.depart("ada");
  on.clock.advance(400);
  on.presence.depart("bim");
  on.clock.advance(GRACE - 400);
  expect(on.sentFrames()).toEqual([change(1, [], ["ada"]) as Signal]);
  on.clock.advance(400);
  on.arrive("bim");
  on.clock.advance(5_000);
  expect(on.sentFrames()).toEqual([]);
  on.leave("bim");
  expect(on.sentFrames()).toEqual([change(0, [], ["bim"]) as Signal]);
});

test("SG-4 a client that begins to watch between two frames ends up with the same state, too", () => {
  const on = setUp(5);
  on.arrive("ada");
  on.arrive("bim");
  const room = on.watch();
  on.presence.depart("bim");
  on.clock.advance(GRACE - 100);
  on.arrive("cyd");
  expect(on.sentFrames()).toEqual([change(3, ["cyd"]) as Signal]);
  on.clock.advance(100);
  // Bim is gone, and only the new watcher knows. When Bim comes back, a frame must go out.
  const [late] = on.standing(room);
  expect(late).toMatchObject({ count: 2, online: ["ada", "cyd"] });
  on.arrive("bim");
  on.clock.advance(1_000);
  expect(on.sentFrames()).toEqual([change(3, ["bim"]) as Signal]);
});

test("SG-5 a large room is counted, not listed, and the frame stays as small however many join", () => {
  const on = setUp(LIMITS.presence_list + 1);
  const room = on.watch();
  for (let i = 0; i < 5_000; i++) on.arrive(`user ${i}`);
  expect(on.standing(room)).toEqual([{ ...change(5_000, []), whole: true } as Signal]);
  on.clock.advance(1_000);
  expect(on.sentFrames()).toEqual([change(1, []), change(5_000, [])] as Signal[]);
});

test("SG-5 a room that crosses the size sends its watchers a new snapshot", () => {
  const on = setUp(LIMITS.presence_list);
  on.arrive("ada");
  on.watch();
  on.event(joined(11));
  expect(on.sentFrames()).toEqual([{ ...change(1, []), whole: true } as Signal]);
  on.arrive("bim");
  on.clock.advance(1_000);
  expect(on.sentFrames()).toEqual([change(2, []) as Signal]);
  on.clock.advance(1_000);
  on.event(left(12));
  expect(on.sentFrames()).toEqual([{ ...change(2, ["ada", "bim"]), whole: true } as Signal]);
  on.clock.advance(1_000);
  on.arrive("cyd");
  expect(on.sentFrames()).toEqual([change(3, ["cyd"]) as Signal]);
});

const typing = (...users: string[]) => ({
  type: "typing",
  room: "r",
  users: users.map((id) => ({ id, name: id.toUpperCase() })),
});

test("SG-6 at most one frame a second, with all typing users; a signal is valid for six seconds", () => {
  const on = setUp(5);
  on.watch();
  on.sign("ada");
  on.sign("bim");
  on.sign("ada");
  expect(on.sentFrames()).toEqual([typing("ada") as Signal]);
  on.clock.advance(1_000);
  expect(on.sentFrames()).toEqual([typing("bim", "ada") as Signal]);
  on.clock.advance(3_000);
  on.sign("ada");
  expect(on.sentFrames()).toEqual([typing("bim", "ada") as Signal]);
  on.clock.advance(2_000);
  expect(on.sentFrames()).toEqual([typing("ada") as Signal]);
  on.clock.advance(4_000);
  expect(on.sentFrames()).toEqual([typing() as Signal]);
  on.clock.advance(60_000);
  expect(on.sentFrames()).toEqual([]);
  expect(on.clock.waiting).toBe(0);
});

test("SG-6 a message ends typing, so does leaving; a large room has none", () => {
  const on = setUp(LIMITS.presence_list);
  const room = on.watch();
  on.sign("ada");
  on.sign("bim");
  on.clock.advance(1_000);
  on.sentFrames();
  on.event({
    ...base,
    seq: 11,
    actor: "ada",
    kind: "message_sent",
    text: "hi",
    mentions: [],
    reply_to: null,
  });
  on.clock.advance(1_000);
  on.event(left(12, "bim"));
  on.clock.advance(1_000);
  expect(on.sentFrames()).toEqual([typing("bim"), typing()] as Signal[]);
  on.event(joined(13));
  on.event(joined(14));
  on.sentFrames();
  on.sign("ada");
  on.clock.advance(2_000);
  expect(on.sentFrames()).toEqual([]);
  expect(on.standing(room)).toHaveLength(1);
});

test("SG-8 positions that moved are sent together, the newest of each; not in larger rooms", () => {
  const on = setUp(LIMITS.receipts);
  on.watch();
  const read = (user: string, seq: number) =>
    on.bus.publish({
      epoch: "e",
      feed: userFeed(user),
      events: [toWire({ ...base, seq: 9, kind: "room_read", room: "r", room_seq: seq })],
    });
  read("ada", 3);
  read("ada", 5);
  read("bim", 4);
  read("ada", 4);
  expect(on.sentFrames()).toEqual([{ type: "receipts", room: "r", reads: [{ user: "ada", seq: 3 }] }]);
  on.clock.advance(1_000);
  expect(on.sentFrames()).toEqual([
    {
      type: "receipts",
      room: "r",
      reads: [
        { user: "ada", seq: 5 },
        { user: "bim", seq: 4 },
      ],
    },
  ]);
  const message = { kind: "message_sent" as const, text: "hi", mentions: [], reply_to: null };
  on.event({ ...base, ...message, seq: 11, actor: "ada" });
  on.event({ ...base, ...message, seq: 12, actor: "walk", walk_in: true });
  on.clock.advance(1_000);
  expect(on.sentFrames()).toEqual([{ type: "receipts", room: "r", reads: [{ user: "ada", seq: 11 }] }]);
  on.event(joined(13));
  read("bim", 6);
  on.clock.advance(2_000);
  expect(on.sentFrames()).toEqual([]);
});

test("a room without watchers leaves nothing behind", () => {
  const on = setUp(5);
  const [one, two] = [on.watch(), on.watch()];
  expect(two).toBe(one);
  on.sign("ada");
  on.sign("bim");
  on.arrive("ada");
  on.arrive("bim");
  on.watching.unwatch(one);
  expect(on.watching.size).toBe(1);
  on.watching.unwatch(two);
  expect([on.watching.size, on.clock.waiting]).toEqual([0, 0]);
  on.sentFrames();
  on.sign("ada");
  on.arrive("cyd");
  on.clock.advance(10_000);
  expect(on.sentFrames()).toEqual([]);
});
