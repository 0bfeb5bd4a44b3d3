import { expect, test } from "bun:test";
import { token as tokenSchema } from "@parley/protocol/schemas";
import { guestsFrom } from "../load/guests.ts";
import { Beginning, Greeting, Return, Speech } from "./parley-visits.ts";

const ROOM = "01900000-0000-7000-8000-000000000001";
const OWN = "user.01900000-0000-7000-8000-000000000002";
const frame = (type: string, fields: object) => JSON.stringify({ type, ...fields });
const welcome = frame("welcome", { epoch: "e", more: false, feeds: [{ feed: ROOM }, { feed: OWN }] });
const stands = (feed: string, state: string, head: number) =>
  frame("feeds", { feeds: [{ feed, state, head, floor: 0 }] });
const events = (feed: string, ...seqs: number[]) =>
  frame("events", { feed, events: seqs.map((seq) => ({ seq })) });

function returning(): { visit: Return; heard: number[] } {
  const [guest] = guestsFrom(0, 1, [ROOM]);
  guest!.copies.set(ROOM, { seq: 5, id: "id-5" });
  const heard: number[] = [];
  const visit = new Return(guest!, (count) => heard.push(count));
  visit.hear(welcome);
  return { visit, heard };
}

test("guests have tokens that the server takes, and each another", () => {
  const tokens = guestsFrom(0, 50).map(({ token }) => token);
  for (const token of tokens) expect(tokenSchema.safeParse(token).success).toBe(true);
  expect(new Set(tokens).size).toBe(50);
});

test("guests are in turns in the rooms", () => {
  expect(guestsFrom(3, 4, ["a", "b"]).map(({ index, room }) => [index, room])).toEqual([
    [3, "a"],
    [4, "b"],
    [5, "a"],
    [6, "b"],
  ]);
});

test("a greeting is over at the welcome", () => {
  expect(new Greeting(guestsFrom(0, 1)[0]!).hear(welcome)).toEqual({ greeted: true, inside: true });
});

test("a new client names itself, joins its room, and keeps the position of its private feed", () => {
  const [guest] = guestsFrom(0, 1, [ROOM]);
  const visit = new Beginning(guest!, false);
  expect(JSON.parse(visit.first)).toMatchObject({ type: "hello", name: "Guest 0" });
  expect(JSON.parse(visit.hear(welcome).say!)).toMatchObject({ kind: "join_room", room: ROOM });
  const placed = [
    { feed: ROOM, seq: 9, id: "a" },
    { feed: OWN, seq: 2, id: "b" },
  ];
  expect(visit.hear(frame("ack", { acks: [{ events: placed }] }))).toEqual({ inside: true });
  expect([...guest!.copies]).toEqual([[OWN, { seq: 2, id: "b" }]]);
});

test("a speech goes on when the last message is on disk", () => {
  const placed: number[] = [];
  const visit = new Speech(guestsFrom(0, 1, [ROOM])[0]!, ["one", "two"], ({ seq }) => placed.push(seq));
  const ack = (seq: number) => frame("ack", { acks: [{ events: [{ feed: ROOM, seq, id: "x" }] }] });
  expect(JSON.parse(visit.hear(welcome).say!)).toMatchObject({ text: "one" });
  expect(JSON.parse(visit.hear(ack(7)).say!)).toMatchObject({ text: "two" });
  expect(visit.hear(ack(8))).toEqual({ inside: true });
  expect(placed).toEqual([7, 8]);
});

test("a return takes up all feeds from its copies", () => {
  const [guest] = guestsFrom(0, 1, [ROOM]);
  guest!.copies.set(ROOM, { seq: 5, id: "id-5" });
  const { greeted, say } = new Return(guest!, () => {}).hear(welcome);
  expect(greeted).toBe(true);
  expect(JSON.parse(say!)).toEqual({
    type: "resume",
    epoch: "e",
    cursors: [{ feed: ROOM, seq: 5, id: "id-5" }, { feed: OWN }],
  });
});

test("a return is over when every feed is answered and nothing is missing", () => {
  const { visit, heard } = returning();
  expect(visit.hear(stands(ROOM, "replay", 8))).toEqual({});
  expect(visit.hear(stands(OWN, "live", 1))).toEqual({});
  expect(visit.hear(events(ROOM, 6, 7))).toEqual({});
  expect(visit.hear(events(ROOM, 7, 8))).toEqual({ inside: true });
  expect(heard).toEqual([2, 2]);
});

test("events may come before the last feed is answered", () => {
  const { visit } = returning();
  visit.hear(stands(ROOM, "replay", 6));
  expect(visit.hear(events(ROOM, 6))).toEqual({});
  expect(visit.hear(stands(OWN, "live", 1))).toEqual({ inside: true });
});

test("a hole, a lost feed and a fault are errors", () => {
  const behind = returning().visit;
  behind.hear(stands(ROOM, "replay", 8));
  expect(() => behind.hear(events(ROOM, 7))).toThrow("event 7 after 5");
  expect(() => returning().visit.hear(stands(ROOM, "gone", 0))).toThrow("gone");
  expect(() => returning().visit.hear(frame("reset", { feed: ROOM }))).toThrow("reset");
});
