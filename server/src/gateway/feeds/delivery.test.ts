import { expect, test } from "bun:test";
import { type FeedItem, toWire } from "@parley/protocol";
import { eventAt, idOf } from "../../testing/fanout-harness.ts";
import { everyEvent, joinedFrame, joinedTogether, joinsInterval } from "./delivery.ts";

const joins = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => eventAt(from + index, "member_joined"));
const itemsOf = (frame: string): FeedItem[] => JSON.parse(frame).events;
/** Each item as its numbers: one for an event, two for a run. */
const outline = (frame: string) =>
  itemsOf(frame).map((item) => (item.kind === "members_joined" ? [item.from, item.seq] : item.seq));

test("EV-11 two or more joinings in a row are one item, which ends with the last one's seq, id and time", () => {
  const frame = joinedFrame("lobby", [
    ...joins(4, 8),
    eventAt(9),
    ...joins(10, 10),
    eventAt(11),
    ...joins(12, 13),
  ]);
  expect(outline(frame)).toEqual([[4, 8], 9, 10, 11, [12, 13]]);
  expect(itemsOf(frame)[0]).toEqual({ seq: 8, id: idOf(8), kind: "members_joined", from: 4, at: 1 });
});

test("EV-2 the more members a large room has, the longer its joinings wait: a second up to 4,000, five at most", () => {
  const intervals = [null, 201, 4_000, 18_000, 50_000].map((members) =>
    joinsInterval({ feed: "lobby", members }),
  );
  expect(intervals).toEqual([1_000, 1_000, 1_000, 4_500, 5_000]);
});

test("EV-11 a joining of the reader, or that the reader caused, stays an event in an answer", () => {
  const reader = idOf(6);
  const base = { seq: 7, id: idOf(7), actor: reader, name: "Me", at: 1, nonce: idOf(2) };
  const invited = toWire({
    ...base,
    kind: "member_joined",
    user: idOf(50),
    user_name: "Bim",
    role: "member",
  });
  const events = [...joins(4, 6), invited, ...joins(8, 9)];
  expect(outline(joinedFrame("lobby", events, reader))).toEqual([[4, 5], 6, 7, [8, 9]]);
});

test("EV-11 only in rooms of more than 200 members, and only for a client that accepts it", () => {
  const of = (members: number | null) => ({ feed: "lobby", members });
  const together = joinedTogether(idOf(99));
  expect(outline(together.frame(of(201), joins(1, 3)))).toEqual([[1, 3]]);
  for (const members of [null, 200])
    expect(outline(together.frame(of(members), joins(1, 3)))).toEqual([1, 2, 3]);
  expect(outline(everyEvent.frame(of(1_000), joins(1, 3)))).toEqual([1, 2, 3]);
  expect(together.topic("lobby")).not.toBe(everyEvent.topic("lobby"));
});
