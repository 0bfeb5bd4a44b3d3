import { afterEach, beforeEach, expect, test } from "bun:test";
import { userFeed } from "@parley/protocol";
import type { Actor } from "../../core/command.ts";
import { timeOf } from "../base/compact-id.ts";
import { SharedStore, type Writer } from "./writers.contract.ts";

/** Milliseconds of an hour: by so much the clock of a process is ahead. */
const HOUR = 3_600_000;

let store: SharedStore;
let node: Writer;
let ann: Actor;
let room: string;

beforeEach(() => {
  store = new SharedStore();
  store.clock = 5_000_000;
  node = store.writer();
  ann = node.guest("Ann");
  room = node.room(ann);
});
afterEach(() => store.close());

test("an engine with a clock gives events, ids and stamps its time, whatever the time of the command is", () => {
  store.clock = 5_001_000;
  const ahead = { ...store.send(ann, room), at: 5_000_000 + HOUR };
  const behind = { ...store.send(ann, room), at: 5_000_000 - HOUR };
  const [first, second] = node.accepted(ahead, behind);
  expect([first?.at, second?.at]).toEqual([5_001_000, 5_001_000]);
  expect(timeOf(first?.placed[0]?.id as string)).toBe(5_001_000);
  expect(store.file.get("SELECT last_at FROM feeds WHERE feed = $1", [room])).toEqual([5_001_000]);
  // The engine's clock was set back: no event is before the one above it.
  store.clock = 4_000_000;
  expect(node.accepted(store.send(ann, room))[0]?.at).toBe(5_001_000);
  const [unchanged] = node.accepted({ ...store.command(ann, { kind: "join_room", room }), at: 1 });
  expect(unchanged).toMatchObject({ placed: [], at: 4_000_000 });
});

test("a rule sees the time of the engine: a departure holds by it", () => {
  const bob = node.guest("Bob");
  const invite = (at: number) => ({
    ...store.command(ann, { kind: "invite_member", room, user: bob.id }),
    at,
  });
  node.accepted(invite(1), store.command(bob, { kind: "leave_room", room }));
  const [refused] = node.verdicts(invite(5_000_000 + 48 * HOUR));
  expect(refused).toHaveProperty("fault");
  store.clock = 5_000_000 + 25 * HOUR;
  expect(node.accepted(invite(1))[0]?.placed.length).toBe(2);
});

test("a lock says how many rows the batch may take, and no batch takes more", () => {
  const others = Array.from({ length: 6 }, (_, i) => node.guest(`guest ${i}`));
  const rows = store.row;
  const members = others.map(({ id }) => id);
  const other = "01900000-0000-7000-8000-0000000eeeee";
  // 1 + 2 for each of 7 members, a direct room, a departure, and a message.
  node.accepted(
    store.command(ann, { kind: "create_room", room: other, room_kind: "private", name: "all", members }),
    store.command(others[0] as Actor, { kind: "leave_room", room: other }),
    store.send(ann, room),
  );
  expect(store.row - rows).toBe(15 + 2 + 1);
  expect(store.file.get("SELECT last FROM feeds WHERE feed = $1", [userFeed(ann.id)])).toEqual([2]);
});
