import { afterEach, describe, expect, test } from "bun:test";
import type { WireEvent } from "@parley/protocol";
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

test("P6 another event under a known number is a change of lineage: the sessions are notified, and no frame mixes both", async () => {
  const on = setUp(2);
  on.fanout.start(on.fanout.acquire("lobby"), headAt(0));
  on.bus([1, 2]);
  on.publish({ epoch: EPOCH, feed: "lobby", events: [{ ...eventAt(2), id: idOf(99) }] });
  await on.until(() => on.notices.includes("lineage 2"));
  expect(on.seqs()).toEqual([1, 2]);
});

test("P6 a store that holds less than was sent out is another lineage, and the sweep reports it", async () => {
  const on = setUp(7);
  on.fanout.start(on.fanout.acquire("lobby"), headAt(5));
  on.bus([6, 7]);
  await on.fanout.sweep();
  expect(on.notices).toEqual([]);
  on.state.stored = 6;
  await on.fanout.sweep();
  await on.until(() => on.notices.length > 0);
  expect(on.notices).toEqual(["lineage 6"]);
  on.state.stored = 7;
  await on.fanout.sweep();
  await on.until(() => on.seqs().length === 3);
  expect(on.seqs()).toEqual([6, 7, 7]);
});

test("P6 a feed that was trimmed above the position of this node starts anew, and does not stay a gap", async () => {
  const on = setUp(9);
  on.fanout.start(on.fanout.acquire("lobby"), headAt(3));
  Object.assign(on.state, { stored: 900, floor: 400 });
  on.bus([900]);
  await on.until(() => on.notices.length > 0);
  expect(on.notices).toEqual(["lineage 900"]);
  expect(on.fanout.find("lobby")?.hole).toBe(false);
  on.bus([901]);
  expect(on.seqs()).toEqual([901]);
});

describe("P6 another lineage", () => {
  const other = (seq: number): WireEvent => ({ ...eventAt(seq), id: idOf(1_000 + seq) });
  const publish = (on: ReturnType<typeof setUp>, events: WireEvent[]) =>
    on.publish({ epoch: EPOCH, feed: "lobby", events });

  test("is seen at the event that was published last, also right after a start", async () => {
    const on = setUp(3);
    on.fanout.start(on.fanout.acquire("lobby"), headAt(3));
    publish(on, [other(3)]);
    await on.until(() => on.notices.includes("lineage 3"));
    expect(on.seqs()).toEqual([]);
  });

  test("is seen although a deletion emptied the ring", async () => {
    const on = setUp(6);
    on.fanout.start(on.fanout.acquire("lobby"), headAt(3));
    on.bus([4, 5, 6]);
    publish(on, [other(5)]);
    await on.until(() => on.notices.includes("lineage 6"));
    expect(on.seqs()).toEqual([4, 5, 6]);
  });

  test("is found by the sweep at the same head", async () => {
    const on = setUp(3);
    on.fanout.start(on.fanout.acquire("lobby"), { seq: 3, id: idOf(1_003) });
    await on.fanout.sweep();
    await on.until(() => on.notices.includes("lineage 3"));
  });

  test("is found when a gap is repaired, before anything of it goes out", async () => {
    const on = setUp(9);
    on.fanout.start(on.fanout.acquire("lobby"), { seq: 3, id: idOf(1_003) });
    on.bus([9]);
    await on.until(() => on.notices.includes("lineage 9"));
    expect(on.seqs()).toEqual([]);
  });

  test("that shows during a repair is not forgotten", async () => {
    const on = setUp(9);
    on.fanout.start(on.fanout.acquire("lobby"), headAt(3));
    void on.fanout.sweep();
    // The repair has asked the store and waits for the answer.
    while (on.state.reads === 0) await null;
    publish(on, [other(3)]);
    await on.until(() => on.notices.includes("lineage 9"));
    on.bus([10]);
    expect(on.seqs().at(-1)).toBe(10);
  });
});
