import { afterEach, expect, test } from "bun:test";
import { EPOCH, eventAt, fanoutHarness, headAt, idOf } from "../../testing/fanout-harness.ts";
import type { Fanout } from "./fanout.ts";

const open: Fanout[] = [];
afterEach(() => {
  for (const fanout of open.splice(0)) fanout.close();
});

function setUp(stored: number) {
  const on = fanoutHarness(stored);
  open.push(on.fanout);
  return on;
}

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

test("P2 a gap that the bus leaves is filled from the store, once, in order", async () => {
  const on = setUp(9);
  on.fanout.start(on.fanout.acquire("lobby"), headAt(3));
  on.bus([4]);
  on.bus([7, 8]);
  await on.until(() => on.seqs().includes(9));
  expect(on.seqs()).toEqual(range(4, 9));
  expect(on.fanout.counts.repairs).toBe(1);
});

test("a gap that is filled by the bus within the wait costs no read", async () => {
  const on = setUp(6);
  on.fanout.start(on.fanout.acquire("lobby"), headAt(3));
  on.bus([6]);
  on.bus([5]);
  on.bus([4]);
  expect(on.seqs()).toEqual([4, 5, 6]);
  await Bun.sleep(60);
  expect(on.state.reads).toBe(0);
});

test("P2 events lost at the end of a feed that went quiet are found by the sweep", async () => {
  const on = setUp(700);
  on.fanout.start(on.fanout.acquire("lobby"), headAt(0));
  await on.fanout.sweep();
  await on.until(() => on.seqs().length === 700);
  expect(on.seqs()).toEqual(range(1, 700));
});

test("P2 the store is asked each second, and each quarter of one while the bus reaches no other node", async () => {
  // Made first: its timer runs before that of the other one.
  const connected = setUp(1);
  const disconnected = setUp(1);
  disconnected.state.bus = "disconnected";
  const sweeps = () => [connected.state.sweeps, disconnected.state.sweeps];
  const at = (milliseconds: number) => {
    for (const on of [connected, disconnected]) on.setTime(milliseconds);
  };
  const until = async (count: number) => {
    while (disconnected.state.sweeps < count) await new Promise(setImmediate);
  };
  at(10_000);
  await until(1);
  at(10_250);
  await until(2);
  expect(sweeps()).toEqual([1, 2]);
  at(11_000);
  await until(3);
  expect(sweeps()).toEqual([2, 3]);
});

test("P2 a repair goes on where a page ended for its bytes, whatever limit was requested", async () => {
  const on = setUp(9);
  on.state.page = 2;
  on.fanout.start(on.fanout.acquire("lobby"), headAt(0));
  await on.fanout.sweep();
  await on.until(() => on.seqs().length === 9);
  expect(on.seqs()).toEqual(range(1, 9));
});

test("P2 when the bus may have missed something, the store is asked at once", async () => {
  const on = setUp(5);
  on.fanout.start(on.fanout.acquire("lobby"), headAt(2));
  on.gap();
  await on.until(() => on.seqs().includes(5));
  expect(on.seqs()).toEqual([3, 4, 5]);
});

test("P2 a gap that concerns other feeds only costs no read", async () => {
  const on = setUp(5);
  on.fanout.start(on.fanout.acquire("lobby"), headAt(2));
  on.gap((feed) => feed !== "lobby");
  expect(on.fanout.counts.gaps).toBe(1);
  on.gap();
  await on.until(() => on.seqs().includes(5));
  expect([on.state.headReads, on.fanout.counts.gaps]).toEqual([1, 2]);
});

test("the bus follows a feed while the fan-out holds it, once", () => {
  const on = setUp(5);
  const followed = on.fanout.acquire("lobby");
  on.fanout.acquire("lobby");
  on.fanout.release(followed);
  on.fanout.release(followed);
  on.fanout.acquire("other");
  on.fanout.close();
  expect(on.follows).toEqual(["+lobby", "-lobby", "+other", "-other"]);
});

test("events between acquiring a feed and reading its head are not lost", () => {
  const on = setUp(5);
  const followed = on.fanout.acquire("lobby");
  on.bus([4]);
  on.bus([5]);
  on.fanout.start(followed, headAt(3));
  expect(on.seqs()).toEqual([4, 5]);
});

test("messages of another epoch and of feeds that are not followed are dropped", () => {
  const on = setUp(5);
  on.bus([1]);
  on.fanout.start(on.fanout.acquire("lobby"), headAt(3));
  on.bus([4], "another");
  expect(on.seqs()).toEqual([]);
});

test("EV-5 a leave is reported to the sessions between the frame with it and the next one", () => {
  const on = setUp(5);
  on.fanout.start(on.fanout.acquire("lobby"), headAt(0));
  on.publish({ epoch: EPOCH, feed: "lobby", events: [eventAt(1), eventAt(2, "member_left"), eventAt(3)] });
  expect(on.frames.map(({ seqs }) => seqs)).toEqual([[1, 2], [3]]);
  expect(on.notices).toEqual(["member_left 2 after 1 frames"]);
});

test("EV-10 a frame ends at room_deleted, and the sessions are notified with it", () => {
  const on = setUp(5);
  on.fanout.start(on.fanout.acquire("lobby"), headAt(0));
  on.publish({ epoch: EPOCH, feed: "lobby", events: [eventAt(1), eventAt(2, "room_deleted")] });
  expect(on.frames.map(({ seqs }) => seqs)).toEqual([[1, 2]]);
  expect(on.notices).toEqual(["room_deleted 2 after 1 frames"]);
});

test("EV-10 a deletion that the bus lost is found although what came before it is no longer stored", async () => {
  const on = setUp(9);
  const followed = on.fanout.acquire("lobby");
  const received: string[] = [];
  on.fanout.listen(followed, { published: (events) => received.push(...events.map(({ kind }) => kind)) });
  on.fanout.start(followed, headAt(3));
  Object.assign(on.state, { stored: 20, floor: 19, ended: true });
  await on.fanout.sweep();
  await on.until(() => on.notices.length > 0);
  expect(on.notices).toEqual(["room_deleted 20 after 0 frames"]);
  // The dialects are notified, too.
  expect(received).toEqual(["room_deleted"]);
  expect(on.seqs()).toEqual([]);
  expect(on.fanout.find("lobby")?.hole).toBe(false);
});

test("a feed that was released by all is removed from memory", () => {
  const on = setUp(5);
  const followed = on.fanout.acquire("lobby");
  on.fanout.release(followed);
  expect(on.fanout.find("lobby")).toBeUndefined();
});

/** A started feed of a room that is large, or not quite, at a time that the test sets. */
function roomOf(members: number) {
  const on = setUp(0);
  const followed = on.fanout.acquire("lobby");
  on.fanout.start(followed, headAt(0));
  followed.setMemberCount(members, 0);
  on.setTime(10_000);
  return { ...on, followed };
}

const framesOf = (frames: readonly { seqs: number[] }[]) => frames.map(({ seqs }) => seqs);

test("EV-2 in a large room joins within a second go out together: the first at once, the others after it", async () => {
  const on = roomOf(1_000);
  on.joins(1);
  expect(framesOf(on.frames)).toEqual([[1]]);
  on.setTime(10_900);
  on.joins(2);
  on.joins(3, 4);
  expect(framesOf(on.frames)).toEqual([[1]]);
  await on.until(() => on.frames.length === 2);
  expect(framesOf(on.frames)).toEqual([[1], [2, 3, 4]]);
  expect(on.followed.published).toBe(4);
});

test("EV-2 an event of another kind never waits: the joins before it go out with it, in order", () => {
  const on = roomOf(1_000);
  on.joins(1);
  on.joins(2, 3);
  on.bus([4]);
  expect(framesOf(on.frames)).toEqual([[1], [2, 3, 4]]);
});

test("EV-11 clients that accept it get the joins of a large room as one item, the others each event", async () => {
  const on = roomOf(1_000);
  on.accept();
  on.joins(1);
  on.joins(2, 3);
  on.bus([4]);
  // The sweep looks at the store meanwhile.
  on.state.stored = 7;
  on.joins(5, 6, 7);
  await on.until(() => on.items.length === 3);
  expect(framesOf(on.frames)).toEqual([[1], [2, 3, 4], [5, 6, 7]]);
  expect(on.items).toEqual([
    [[1, 1]],
    [
      [2, 3],
      [4, 4],
    ],
    [[5, 7]],
  ]);
  const small = roomOf(100);
  small.accept();
  small.joins(1, 2, 3);
  expect(small.items).toEqual([
    [
      [1, 1],
      [2, 2],
      [3, 3],
    ],
  ]);
});

test("a frame is made only for the topic that has subscribers", () => {
  const on = roomOf(1_000);
  on.accept();
  on.subscribe(false);
  on.joins(1, 2);
  expect(on.frames).toEqual([]);
  expect(on.items).toEqual([[[1, 2]]]);
  expect(on.fanout.counts.frames).toBe(1);
});

test("in a room that is not large no join waits", () => {
  const on = roomOf(100);
  for (const seq of [1, 2, 3]) on.joins(seq);
  expect(framesOf(on.frames)).toEqual([[1], [2], [3]]);
});

test("the sessions of a new member are notified at once, though the frame goes out later", () => {
  const on = roomOf(1_000);
  on.joins(1);
  on.joins(2);
  expect(on.notices).toEqual(["member_joined 1 after 1 frames", "member_joined 2 after 1 frames"]);
});

test("P2 joins that wait are not taken for lost: the sweep reads nothing for them", async () => {
  const on = roomOf(1_000);
  on.joins(1);
  on.joins(2, 3);
  on.state.stored = 3;
  await on.fanout.sweep();
  expect(on.state.reads).toBe(0);
  on.bus([4]);
  expect(on.seqs()).toEqual([1, 2, 3, 4]);
});

test("P6 a waiting join that comes again with another id is a conflict", async () => {
  const on = roomOf(1_000);
  on.joins(1);
  on.joins(2);
  const other = { ...eventAt(2, "member_joined"), id: idOf(99) };
  on.publish({ epoch: EPOCH, feed: "lobby", events: [other] });
  await on.until(() => on.notices.some((line) => line.startsWith("lineage")));
  expect(on.followed.waitingJoins).toBe(0);
});

test("the number of waiting joins is bounded: above the bound they go out", () => {
  const on = roomOf(10_000);
  on.joins(1);
  on.joins(...range(2, 1_001));
  expect(on.frames.length).toBe(1);
  on.joins(1_002);
  expect(on.seqs()).toEqual(range(1, 1_002));
});

test("more joins may wait while every client gets them as runs", () => {
  const on = roomOf(10_000);
  on.subscribe(false);
  on.accept();
  on.joins(1);
  on.joins(...range(2, 5_001));
  expect(on.items).toEqual([[[1, 1]]]);
  on.joins(5_002);
  expect(on.items.flat(2).at(-1)).toBe(5_002);
});

test("no frame is made for a topic without subscribers: listeners and counts go on, and the next subscriber misses nothing", () => {
  const on = setUp(9);
  const followed = on.fanout.acquire("lobby");
  const received: number[] = [];
  on.fanout.listen(followed, { published: (events) => received.push(...events.map(({ seq }) => seq)) });
  on.fanout.start(followed, headAt(0));
  on.subscribe(false);
  on.publish({ epoch: EPOCH, feed: "lobby", events: [eventAt(1), eventAt(2, "member_left"), eventAt(3)] });
  expect(on.frames).toEqual([]);
  expect(on.fanout.counts.frames).toBe(0);
  expect(received).toEqual([1, 2, 3]);
  expect(on.notices).toEqual(["member_left 2 after 0 frames"]);
  expect(followed.published).toBe(3);
  on.subscribe(true);
  on.publish({ epoch: EPOCH, feed: "lobby", events: [eventAt(4)] });
  expect(on.seqs()).toEqual([4]);
});
