import { afterEach, describe, expect, test } from "bun:test";
import { type FeedEvent, type FeedId, toWire, type WireEvent } from "@parley/protocol";
import type { Bus, Published } from "../../bus/bus.ts";
import type { Head, Store } from "../../store/store.ts";
import { Fanout } from "./fanout.ts";

const EPOCH = "e";
const id = (seq: number) => `00000000-0000-7000-8000-${String(seq).padStart(12, "0")}`;
const at = (seq: number): Head => ({ seq, id: seq === 0 ? null : id(seq) });
type Kind = "message_deleted" | "member_joined" | "member_left" | "room_deleted";
const event = (seq: number, kind: Kind = "message_deleted"): WireEvent => {
  const base = { seq, id: id(seq), actor: id(1), name: "Ada", at: 1, nonce: id(2) };
  if (kind === "room_deleted") return toWire({ ...base, kind });
  if (kind === "member_joined") {
    return toWire({ ...base, kind, user: id(seq), user_name: `Guest ${seq}`, role: "member" });
  }
  return toWire(
    kind === "member_left"
      ? { ...base, kind, user: id(9), user_name: "Bim" }
      : { ...base, kind, message: { id: id(3), seq: 1 } },
  );
};

/** A fan-out over a store that holds `stored` events of one feed, and a bus that carries what the test says and no more. */
function setUp(stored: number) {
  const state = { stored, floor: 0, ended: false, reads: 0, page: Number.POSITIVE_INFINITY };
  const hear: ((message: Published) => void)[] = [];
  const gaps: (() => void)[] = [];
  const frames: { seqs: number[] }[] = [];
  const told: string[] = [];
  let notify: () => void = () => {};
  let time = () => performance.now();
  let subscribed = true;
  const published = (topic: string, frame: string) => {
    if (!subscribed) throw new Error("A frame was made for a topic without subscribers");
    const { feed, events } = JSON.parse(frame) as { feed: FeedId; events: FeedEvent[] };
    expect(topic).toBe(`native/${feed}`);
    frames.push({ seqs: events.map(({ seq }) => seq) });
    notify();
  };
  const store = {
    epoch: EPOCH,
    stamped: async () => new Map([["lobby", at(state.stored)]]),
    heads: async () => new Map([["lobby", at(state.stored)]]),
    after: async (_feed: FeedId, seq: number, limit: number) => {
      state.reads++;
      const first = Math.max(seq, state.floor) + 1;
      const last = Math.min(state.stored, first - 1 + Math.min(limit, state.page));
      return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) =>
        event(first + index, state.ended && first + index === state.stored ? "room_deleted" : undefined),
      );
    },
  } as unknown as Store;
  const bus = {
    subscribe: (listener: (message: Published) => void) => {
      hear.push(listener);
      return () => {};
    },
    onGap: (listener: () => void) => {
      gaps.push(listener);
      return () => {};
    },
  } as unknown as Bus;
  const log = { debug() {}, info() {}, warn() {}, error() {}, fatal() {} };
  const audience = {
    membership: (_feed: FeedId, { kind, seq }: FeedEvent) => {
      told.push(`${kind} ${seq} after ${frames.length} frames`);
      notify();
    },
    lineage: (_feed: FeedId, { seq }: Head) => {
      told.push(`lineage ${seq}`);
      notify();
    },
  };
  const fanout = new Fanout({
    store,
    bus,
    publish: published,
    hasSubscribers: () => subscribed,
    listener: audience,
    log,
    now: Date.now,
    monotonicNow: () => time(),
  });
  open.push(fanout);
  return {
    fanout,
    state,
    frames,
    told,
    seqs: () => frames.flatMap(({ seqs }) => seqs),
    bus: (seqs: number[], epoch = EPOCH) =>
      hear[0]?.({ epoch, feed: "lobby", events: seqs.map((seq) => event(seq)) }),
    joins: (...seqs: number[]) =>
      hear[0]?.({ epoch: EPOCH, feed: "lobby", events: seqs.map((seq) => event(seq, "member_joined")) }),
    setTime: (milliseconds: number) => {
      time = () => milliseconds;
    },
    publish: (message: Published) => hear[0]?.(message),
    subscribe: (yes: boolean) => {
      subscribed = yes;
    },
    gap: () => gaps[0]?.(),
    /** Resolves when the condition holds; it is looked at whenever something was published or told. */
    until: (holds: () => boolean) =>
      new Promise<void>((resolve) => {
        notify = () => holds() && resolve();
        notify();
      }),
  };
}

const open: Fanout[] = [];
afterEach(() => {
  for (const fanout of open.splice(0)) fanout.close();
});

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

test("P2 a hole that the bus leaves is filled from the store, once, in order", async () => {
  const on = setUp(9);
  on.fanout.start(on.fanout.acquire("lobby"), at(3));
  on.bus([4]);
  on.bus([7, 8]);
  await on.until(() => on.seqs().includes(9));
  expect(on.seqs()).toEqual(range(4, 9));
  expect(on.fanout.counts.repairs).toBe(1);
});

test("a hole that fills by itself within the wait costs no read", async () => {
  const on = setUp(6);
  on.fanout.start(on.fanout.acquire("lobby"), at(3));
  on.bus([6]);
  on.bus([5]);
  on.bus([4]);
  expect(on.seqs()).toEqual([4, 5, 6]);
  await Bun.sleep(60);
  expect(on.state.reads).toBe(0);
});

test("P2 events lost at the end of a feed that went quiet are found by the sweep", async () => {
  const on = setUp(700);
  on.fanout.start(on.fanout.acquire("lobby"), at(0));
  await on.fanout.sweep(0);
  await on.until(() => on.seqs().length === 700);
  expect(on.seqs()).toEqual(range(1, 700));
});

test("P2 a repair goes on where a page ended for its bytes, whatever was asked for", async () => {
  const on = setUp(9);
  on.state.page = 2;
  on.fanout.start(on.fanout.acquire("lobby"), at(0));
  await on.fanout.sweep(0);
  await on.until(() => on.seqs().length === 9);
  expect(on.seqs()).toEqual(range(1, 9));
});

test("P2 when the bus may have missed something, the store is asked at once", async () => {
  const on = setUp(5);
  on.fanout.start(on.fanout.acquire("lobby"), at(2));
  on.gap();
  await on.until(() => on.seqs().includes(5));
  expect(on.seqs()).toEqual([3, 4, 5]);
});

test("what comes between holding a feed and knowing its head is not lost", () => {
  const on = setUp(5);
  const followed = on.fanout.acquire("lobby");
  on.bus([4]);
  on.bus([5]);
  on.fanout.start(followed, at(3));
  expect(on.seqs()).toEqual([4, 5]);
});

test("messages of another epoch and of feeds that nobody follows are dropped", () => {
  const on = setUp(5);
  on.bus([1]);
  on.fanout.start(on.fanout.acquire("lobby"), at(3));
  on.bus([4], "another");
  expect(on.seqs()).toEqual([]);
});

test("EV-5 who left is told between the frame that says so and the next one", () => {
  const on = setUp(5);
  on.fanout.start(on.fanout.acquire("lobby"), at(0));
  on.publish({ epoch: EPOCH, feed: "lobby", events: [event(1), event(2, "member_left"), event(3)] });
  expect(on.frames.map(({ seqs }) => seqs)).toEqual([[1, 2], [3]]);
  expect(on.told).toEqual(["member_left 2 after 1 frames"]);
});

test("P6 another event under a known number is a change of lineage: everybody is told, nothing mixed goes out", async () => {
  const on = setUp(2);
  on.fanout.start(on.fanout.acquire("lobby"), at(0));
  on.bus([1, 2]);
  on.publish({ epoch: EPOCH, feed: "lobby", events: [{ ...event(2), id: id(99) }] });
  await on.until(() => on.told.includes("lineage 2"));
  expect(on.seqs()).toEqual([1, 2]);
});

test("P6 a store that holds less than was sent out is another lineage, and the sweep says so", async () => {
  const on = setUp(7);
  on.fanout.start(on.fanout.acquire("lobby"), at(5));
  on.bus([6, 7]);
  await on.fanout.sweep(0);
  expect(on.told).toEqual([]);
  on.state.stored = 6;
  await on.fanout.sweep(0);
  await on.until(() => on.told.length > 0);
  expect(on.told).toEqual(["lineage 6"]);
  on.state.stored = 7;
  await on.fanout.sweep(0);
  await on.until(() => on.seqs().length === 3);
  expect(on.seqs()).toEqual([6, 7, 7]);
});

test("EV-10 a frame ends at room_deleted, and the sessions are told with it", () => {
  const on = setUp(5);
  on.fanout.start(on.fanout.acquire("lobby"), at(0));
  on.publish({ epoch: EPOCH, feed: "lobby", events: [event(1), event(2, "room_deleted")] });
  expect(on.frames.map(({ seqs }) => seqs)).toEqual([[1, 2]]);
  expect(on.told).toEqual(["room_deleted 2 after 1 frames"]);
});

test("EV-10 a deletion that the bus lost is found although what came before it is no longer stored", async () => {
  const on = setUp(9);
  const followed = on.fanout.acquire("lobby");
  const tapped: string[] = [];
  on.fanout.listen(followed, { published: (events) => tapped.push(...events.map(({ kind }) => kind)) });
  on.fanout.start(followed, at(3));
  Object.assign(on.state, { stored: 20, floor: 19, ended: true });
  await on.fanout.sweep(0);
  await on.until(() => on.told.length > 0);
  expect(on.told).toEqual(["room_deleted 20 after 0 frames"]);
  // Other wires hear of it, too.
  expect(tapped).toEqual(["room_deleted"]);
  expect(on.seqs()).toEqual([]);
  expect(on.fanout.find("lobby")?.hole).toBe(false);
});

test("P6 a feed that was trimmed above where it stands here begins anew, and is not held as a hole for ever", async () => {
  const on = setUp(9);
  on.fanout.start(on.fanout.acquire("lobby"), at(3));
  Object.assign(on.state, { stored: 900, floor: 400 });
  on.bus([900]);
  await on.until(() => on.told.length > 0);
  expect(on.told).toEqual(["lineage 900"]);
  expect(on.fanout.find("lobby")?.hole).toBe(false);
  on.bus([901]);
  expect(on.seqs()).toEqual([901]);
});

test("a feed that nobody holds any more lets go of its memory", () => {
  const on = setUp(5);
  const followed = on.fanout.acquire("lobby");
  on.fanout.release(followed);
  expect(on.fanout.find("lobby")).toBeUndefined();
});

/** A started feed of a room that is large, or not quite, at a time that the test sets. */
function roomOf(members: number) {
  const on = setUp(0);
  const followed = on.fanout.acquire("lobby");
  on.fanout.start(followed, at(0));
  followed.setMemberCount(members, 0);
  on.setTime(10_000);
  return { ...on, followed };
}

const framesOf = (frames: readonly { seqs: number[] }[]) => frames.map(({ seqs }) => seqs);

test("EV-2 in a large room joinings within a second go out together: the first at once, the others behind it", async () => {
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

test("EV-2 an event of another kind never waits: it takes the joinings below it along, in order", () => {
  const on = roomOf(1_000);
  on.joins(1);
  on.joins(2, 3);
  on.bus([4]);
  expect(framesOf(on.frames)).toEqual([[1], [2, 3, 4]]);
});

test("in a room that is not large no joining waits", () => {
  const on = roomOf(100);
  for (const seq of [1, 2, 3]) on.joins(seq);
  expect(framesOf(on.frames)).toEqual([[1], [2], [3]]);
});

test("the sessions of a newcomer are told at once, though the others hear of it later", () => {
  const on = roomOf(1_000);
  on.joins(1);
  on.joins(2);
  expect(on.told).toEqual(["member_joined 1 after 1 frames", "member_joined 2 after 1 frames"]);
});

test("P2 joinings that wait are not taken for lost: the sweep reads nothing for them", async () => {
  const on = roomOf(1_000);
  on.joins(1);
  on.joins(2, 3);
  on.state.stored = 3;
  await on.fanout.sweep(0);
  expect(on.state.reads).toBe(0);
  on.bus([4]);
  expect(on.seqs()).toEqual([1, 2, 3, 4]);
});

test("P6 a joining that waits and comes again with another id is a conflict", async () => {
  const on = roomOf(1_000);
  on.joins(1);
  on.joins(2);
  const other = { ...event(2, "member_joined"), id: id(99) };
  on.publish({ epoch: EPOCH, feed: "lobby", events: [other] });
  await on.until(() => on.told.some((line) => line.startsWith("lineage")));
  expect(on.followed.waitingJoins).toBe(0);
});

test("so many joinings wait at most: above that they go out", () => {
  const on = roomOf(10_000);
  on.joins(1);
  on.joins(...range(2, 2_001));
  expect(on.frames.length).toBe(1);
  on.joins(2_002);
  expect(on.seqs()).toEqual(range(1, 2_002));
});

test("a topic without subscribers gets no frame: taps and counts go on, and the next subscriber misses nothing", () => {
  const on = setUp(9);
  const followed = on.fanout.acquire("lobby");
  const tapped: number[] = [];
  on.fanout.listen(followed, { published: (events) => tapped.push(...events.map(({ seq }) => seq)) });
  on.fanout.start(followed, at(0));
  on.subscribe(false);
  on.publish({ epoch: EPOCH, feed: "lobby", events: [event(1), event(2, "member_left"), event(3)] });
  expect(on.frames).toEqual([]);
  expect(on.fanout.counts.frames).toBe(0);
  expect(tapped).toEqual([1, 2, 3]);
  expect(on.told).toEqual(["member_left 2 after 0 frames"]);
  expect(followed.published).toBe(3);
  on.subscribe(true);
  on.publish({ epoch: EPOCH, feed: "lobby", events: [event(4)] });
  expect(on.seqs()).toEqual([4]);
});

describe("P6 another lineage", () => {
  const other = (seq: number): WireEvent => ({ ...event(seq), id: id(1_000 + seq) });
  const publish = (on: ReturnType<typeof setUp>, events: WireEvent[]) =>
    on.publish({ epoch: EPOCH, feed: "lobby", events });

  test("is seen at the event that was published last, also right after a start", async () => {
    const on = setUp(3);
    on.fanout.start(on.fanout.acquire("lobby"), at(3));
    publish(on, [other(3)]);
    await on.until(() => on.told.includes("lineage 3"));
    expect(on.seqs()).toEqual([]);
  });

  test("is seen although a deletion emptied the ring", async () => {
    const on = setUp(6);
    on.fanout.start(on.fanout.acquire("lobby"), at(3));
    on.bus([4, 5, 6]);
    publish(on, [other(5)]);
    await on.until(() => on.told.includes("lineage 6"));
    expect(on.seqs()).toEqual([4, 5, 6]);
  });

  test("is found by the sweep at the same head", async () => {
    const on = setUp(3);
    on.fanout.start(on.fanout.acquire("lobby"), { seq: 3, id: id(1_003) });
    await on.fanout.sweep(0);
    await on.until(() => on.told.includes("lineage 3"));
  });

  test("is found when a gap is repaired, before anything of it goes out", async () => {
    const on = setUp(9);
    on.fanout.start(on.fanout.acquire("lobby"), { seq: 3, id: id(1_003) });
    on.bus([9]);
    await on.until(() => on.told.includes("lineage 9"));
    expect(on.seqs()).toEqual([]);
  });

  test("that shows during a repair is not forgotten", async () => {
    const on = setUp(9);
    on.fanout.start(on.fanout.acquire("lobby"), at(3));
    void on.fanout.sweep(0);
    // The repair has asked the store and waits for the answer.
    while (on.state.reads === 0) await null;
    publish(on, [other(3)]);
    await on.until(() => on.told.includes("lineage 9"));
    on.bus([10]);
    expect(on.seqs().at(-1)).toBe(10);
  });
});
