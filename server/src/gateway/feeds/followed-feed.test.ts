import { expect, test } from "bun:test";
import { type FeedEvent, LIMITS, toWire, type WireEvent } from "@parley/protocol";
import { FollowedFeed } from "./followed-feed.ts";
import { Ring } from "./ring.ts";

const id = (seq: number) => `00000000-0000-7000-8000-${String(seq).padStart(12, "0")}`;
const at = (seq: number) => ({ seq, id: seq === 0 ? null : id(seq) });
const base = { actor: id(1), name: "Ada", at: 1, nonce: id(2) };
const message = (seq: number, text = "hi"): WireEvent =>
  toWire({
    ...base,
    seq,
    id: id(seq),
    kind: "message_sent",
    text,
    mentions: [],
    reply_to: null,
  });
const left = (seq: number): WireEvent =>
  toWire({
    ...base,
    seq,
    id: id(seq),
    kind: "member_left",
    user: id(9),
    user_name: "Bim",
  });
const seqs = (taken: { frames: readonly { events: readonly WireEvent[] }[] }) =>
  taken.frames.map(({ events }) => events.map(({ seq }) => seq));

function following(head: number): FollowedFeed {
  const followed = new FollowedFeed("lobby");
  followed.start(at(head));
  return followed;
}

test("P4 delivers the next event, drops known ones, holds those above a gap", () => {
  const followed = following(4);
  expect(seqs(followed.take([message(3), message(4)]))).toEqual([]);
  expect(followed.take([message(7)])).toMatchObject({ frames: [], gap: true });
  expect(seqs(followed.take([message(5)]))).toEqual([[5]]);
  expect(followed.hole).toBe(true);
  expect(seqs(followed.take([message(6), message(6)]))).toEqual([[6, 7]]);
  expect(followed.hole).toBe(false);
  expect(followed.published).toBe(7);
});

test("P4 whatever the bus does, every number is delivered once, ascending", () => {
  for (let seed = 1; seed <= 300; seed++) {
    let state = seed;
    const random = (below: number) => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
      return (state >> 8) % below;
    };
    const followed = following(0);
    const out: number[] = [];
    const take = (events: WireEvent[]) => out.push(...seqs(followed.take(events)).flat());
    const bag: number[] = [];
    for (let seq = 1; seq <= 60; seq++) for (let copies = random(3); copies > 0; copies--) bag.push(seq);
    bag.sort(() => random(3) - 1);
    for (const seq of bag) take([message(seq)]);
    // What the bus lost comes from the store, in pages.
    while (followed.published < 60) take([message(followed.published + 1), message(followed.published + 2)]);
    expect(
      out.filter((seq) => seq <= 60),
      `seed ${seed}`,
    ).toEqual(Array.from({ length: 60 }, (_, index) => index + 1));
  }
});

test("events that came before the head was known are delivered once it is", () => {
  const followed = new FollowedFeed("lobby");
  followed.take([message(5), message(6)]);
  expect(followed.published).toBe(0);
  expect(seqs(followed.start(at(5)))).toEqual([[6]]);
  expect(followed.start(at(9))).toMatchObject({ frames: [] });
  expect(followed.published).toBe(6);
});

const joined = (seq: number): WireEvent =>
  toWire({ ...base, seq, id: id(seq), kind: "member_joined", user: id(9), user_name: "Bim", role: "member" });

test("SG-5 the number of members is the snapshot's, and each event counts once, whichever was first", () => {
  const ahead = following(4);
  expect(ahead.members).toBeNull();
  ahead.setMemberCount(7, 6);
  ahead.take([joined(5), joined(6), joined(7), left(8), joined(9)]);
  expect(ahead.members).toBe(8);
  const behind = following(4);
  behind.take([joined(5), joined(6), left(7)]);
  behind.setMemberCount(7, 5);
  expect(behind.members).toBe(7);
  behind.setMemberCount(1, 7);
  behind.take([joined(8)]);
  expect(behind.members).toBe(8);
  behind.restart(at(3));
  expect(behind.members).toBeNull();
});

test("EV-5 a frame ends at a member_left", () => {
  expect(seqs(following(0).take([message(1), left(2), left(3), message(4), message(5)]))).toEqual([
    [1, 2],
    [3],
    [4, 5],
  ]);
});

test("EV-2 frames stay under 64 KB, one large event may pass it", () => {
  const events = Array.from({ length: 160 }, (_, index) => message(index + 1, "é".repeat(500)));
  const { frames } = following(0).take(events);
  expect(frames.length).toBeGreaterThan(1);
  for (const { text } of frames) expect(Buffer.byteLength(text)).toBeLessThan(LIMITS.batch_bytes);
  expect(frames.flatMap(({ text }) => JSON.parse(text).events.map(({ seq }: FeedEvent) => seq))).toEqual(
    events.map(({ seq }) => seq),
  );
  expect(seqs(following(0).take([message(1), message(2, "x".repeat(80_000)), message(3)]))).toEqual([
    [1],
    [2],
    [3],
  ]);
});

test("P6 a known seq with another id is a conflict, not a delivery", () => {
  const followed = following(0);
  followed.take([message(1), message(2)]);
  expect(followed.take([{ ...message(2), id: id(99) }])).toMatchObject({ frames: [], conflict: true });
  followed.restart(at(1));
  expect(seqs(followed.take([{ ...message(2), id: id(99) }]))).toEqual([[2]]);
});

test("the ring returns the events above a seq, or null when it no longer has them", () => {
  const followed = following(0);
  for (let seq = 1; seq <= 3 * Ring.SIZE; seq++) followed.take([message(seq)]);
  const last = 3 * Ring.SIZE;
  expect(followed.ring.since(last, last)).toEqual([]);
  expect(followed.ring.since(last - Ring.SIZE, last)?.[0]?.seq).toBe(last - Ring.SIZE + 1);
  expect(followed.ring.since(last - Ring.SIZE, last)).toHaveLength(Ring.SIZE);
  expect(followed.ring.since(last - Ring.SIZE - 1, last)).toBeNull();
  expect(followed.ring.at(last - 3, last)?.seq).toBe(last - 3);
});
