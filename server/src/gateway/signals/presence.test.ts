import { expect, test } from "bun:test";
import { type FeedEvent, userFeed } from "@parley/protocol";
import { memoryBus } from "../../bus/memory.ts";
import { FakeClock } from "../../testing/fake-clock.ts";
import { GRACE, Presence } from "./presence.ts";

const bus = () =>
  memoryBus((error) => {
    throw error;
  });

function setUp(on = bus(), node = "a") {
  const clock = new FakeClock();
  const presence = new Presence({ bus: on, epoch: "e", node, timing: clock });
  const changes: string[] = [];
  presence.onChange((room, user, online) => void changes.push(`${online ? "+" : "-"}${user}@${room}`));
  const arrive = (user: string, ...rooms: string[]) =>
    presence.arrive({ id: user, name: user.toUpperCase() }, () => new Set(rooms));
  return { clock, presence, changes, arrive };
}

const base = { seq: 7, id: "i", actor: "x", name: "X", at: 1, nonce: "n" };
const moved = (kind: "room_added" | "room_removed", room: string): FeedEvent => ({
  ...base,
  kind,
  room,
  room_seq: 3,
});

test("SG-3 a user is online from the first session to ten seconds after the last", () => {
  const { clock, presence, changes, arrive } = setUp();
  arrive("ada", "r", "s");
  arrive("ada", "never asked");
  expect(changes).toEqual(["+ada@r", "+ada@s"]);
  presence.depart("ada");
  clock.advance(GRACE * 2);
  expect(presence.isOnline("ada")).toBe(true);
  presence.depart("ada");
  clock.advance(GRACE - 1);
  expect(presence.isOnline("ada")).toBe(true);
  expect(changes).toHaveLength(2);
  clock.advance(1);
  expect(presence.isOnline("ada")).toBe(false);
  expect(changes.slice(2)).toEqual(["-ada@r", "-ada@s"]);
  expect([presence.inRoom("r").size, [...presence.online()].length, clock.waiting]).toEqual([0, 0, 0]);
});

test("SG-3 a user who comes back within the grace was never offline, however often", () => {
  const { clock, presence, changes, arrive } = setUp();
  arrive("ada", "r");
  arrive("bim", "r");
  for (let i = 0; i < 20; i++) {
    presence.depart("ada");
    clock.advance(GRACE - 1);
    arrive("ada", "r");
    clock.advance(5);
  }
  expect(changes).toEqual(["+ada@r", "+bim@r"]);
  presence.depart("bim");
  clock.advance(GRACE / 2);
  presence.depart("ada");
  clock.advance(GRACE / 2);
  expect(changes.slice(2)).toEqual(["-bim@r"]);
  clock.advance(GRACE / 2);
  expect(changes.slice(3)).toEqual(["-ada@r"]);
});

test("SG-2 memberships follow the private feed, also in the grace", () => {
  const { clock, presence, changes, arrive } = setUp();
  arrive("ada", "r");
  presence.membership(userFeed("ada"), moved("room_added", "s"));
  presence.membership(userFeed("ada"), moved("room_added", "s"));
  presence.membership(userFeed("ada"), moved("room_removed", "r"));
  presence.membership(userFeed("bim"), moved("room_added", "s"));
  expect(changes).toEqual(["+ada@r", "+ada@s", "-ada@r"]);
  presence.depart("ada");
  presence.membership(userFeed("ada"), moved("room_removed", "s"));
  presence.membership(userFeed("ada"), moved("room_added", "t"));
  arrive("ada", "never asked");
  expect([...presence.inRoom("t")]).toEqual(["ada"]);
  presence.depart("ada");
  clock.advance(GRACE);
  expect(changes.slice(3)).toEqual(["-ada@s", "+ada@t", "-ada@t"]);
});

test("a deleted room has no online users", () => {
  const { presence, arrive } = setUp();
  arrive("ada", "r", "s");
  arrive("bim", "r");
  presence.membership("r", { ...base, kind: "room_deleted" });
  expect([presence.inRoom("r").size, presence.inRoom("s").size]).toEqual([0, 1]);
});

test("one timer waits for all users who left, and visits each once", () => {
  const { clock, presence, changes, arrive } = setUp();
  for (let i = 0; i < 1_000; i++) arrive(`u${i}`, "r");
  for (let i = 0; i < 1_000; i++) presence.depart(`u${i}`);
  expect(clock.waiting).toBe(1);
  clock.advance(GRACE);
  expect(changes).toHaveLength(2_000);
});

test("SG-3 a user who is online on other nodes counts once, until the last node reports otherwise", () => {
  const shared = bus();
  const [here, there] = [setUp(shared, "here"), setUp(shared, "there")];
  here.arrive("ada", "r");
  expect(there.changes).toEqual(["+ada@r"]);
  expect(there.presence.nameOf("ada")).toBe("ADA");
  there.arrive("ada", "r");
  expect([here.changes.length, there.changes.length]).toEqual([1, 1]);
  here.presence.membership(userFeed("ada"), moved("room_added", "s"));
  expect(there.presence.inRoom("s").size).toBe(0);
  there.presence.membership(userFeed("ada"), moved("room_added", "s"));
  here.presence.depart("ada");
  here.clock.advance(GRACE);
  expect(here.presence.isOnline("ada")).toBe(true);
  there.presence.depart("ada");
  there.clock.advance(GRACE);
  expect(here.presence.isOnline("ada")).toBe(false);
  expect(there.presence.isOnline("ada")).toBe(false);
  expect(here.changes.slice(2).sort()).toEqual(["-ada@r", "-ada@s"]);
  here.arrive("bim", "r");
  here.presence.membership(userFeed("bim"), moved("room_removed", "r"));
  expect([there.presence.isOnline("bim"), there.presence.inRoom("r").size]).toEqual([true, 0]);
});

test("signals of another epoch are dropped", () => {
  const shared = bus();
  const { presence } = setUp(shared);
  shared.signal(
    {
      kind: "presence",
      epoch: "old",
      node: "b",
      user: { id: "ada", name: "Ada" },
      online: true,
      rooms: ["r"],
    },
    "all",
  );
  expect(presence.isOnline("ada")).toBe(false);
});
