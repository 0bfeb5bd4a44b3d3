import { describe, expect, test } from "bun:test";
import type { Notice, TimelineItem } from "@parley/sdk";
import { rowsOf } from "./rows.ts";

const minute = 60_000;
const noon = new Date("2026-11-20T12:00:00").getTime();

function item(key: string, author: string, at: number, more: Partial<TimelineItem> = {}): TimelineItem {
  return {
    key,
    state: "sent",
    id: key,
    seq: 1,
    nonce: key,
    author,
    name: author,
    at,
    text: key,
    mentions: [],
    mentionsRoom: false,
    mentionsMe: false,
    reactions: [],
    changing: null,
    replyTo: null,
    editedAt: null,
    deleted: false,
    own: false,
    walkIn: false,
    ...more,
  };
}

const outline = (items: TimelineItem[], around: Parameters<typeof rowsOf>[1] = {}) =>
  rowsOf(items, around).map((row) =>
    row.kind === "message"
      ? `${row.lead ? "lead" : "more"} ${row.key}`
      : row.kind === "notice"
        ? row.key
        : row.kind,
  );

describe("rowsOf", () => {
  test("nothing makes no rows", () => {
    expect(rowsOf([])).toEqual([]);
  });

  test("one author's messages run together until another user writes or time passes", () => {
    expect(
      outline([
        item("a", "anna", noon),
        item("b", "anna", noon + minute),
        item("c", "bert", noon + 2 * minute),
        item("d", "anna", noon + 3 * minute),
        item("e", "anna", noon + 9 * minute),
      ]),
    ).toEqual(["day", "lead a", "more b", "lead c", "lead d", "lead e"]);
  });

  test("a day begins with its date and a new run", () => {
    const late = new Date("2026-11-19T23:59:00").getTime();
    const early = new Date("2026-11-20T00:00:30").getTime();
    expect(outline([item("a", "anna", late), item("b", "anna", early)])).toEqual([
      "day",
      "lead a",
      "day",
      "lead b",
    ]);
  });

  test("a reply begins a run, so that its quote is under a name", () => {
    const reply = item("b", "anna", noon + 1, { replyTo: { id: "a", seq: 1 } });
    expect(outline([item("a", "anna", noon), reply])).toEqual(["day", "lead a", "lead b"]);
  });

  test("the order given is kept, independent of the clocks", () => {
    expect(outline([item("a", "anna", noon), item("b", "bert", noon - minute)])).toEqual([
      "day",
      "lead a",
      "lead b",
    ]);
  });

  test("what is drawn further down goes on from the message above it", () => {
    const above = item("a", "anna", noon);
    expect(outline([item("b", "anna", noon + 1)], { above })).toEqual(["more b"]);
  });

  test("the new ones begin below a line and with a face", () => {
    const items = [item("a", "anna", noon), item("b", "anna", noon + 1)];
    expect(outline(items, { firstNew: "b" })).toEqual(["day", "lead a", "new", "lead b"]);
  });

  test("other events are in their place by number, also below the last message", () => {
    const notice = (seq: number) => ({ kind: "room_archived", seq }) as Notice;
    const items = [1, 3, 5].map((seq) => item(`m${seq}`, "anna", noon + seq, { seq }));
    const notices = [2, 4, 6].map(notice);
    expect(outline(items, { notices })).toEqual([
      "day",
      "lead m1",
      "notice 2",
      "lead m3",
      "notice 4",
      "lead m5",
      "notice 6",
    ]);
    expect(outline(items.slice(1), { notices, above: items[0], toEnd: false })).toEqual([
      "notice 2",
      "lead m3",
      "notice 4",
      "lead m5",
    ]);
  });
});
