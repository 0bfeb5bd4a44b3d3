import { describe, expect, test } from "bun:test";
import type { TimelineItem } from "@parley/sdk";
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
    replyTo: null,
    editedAt: null,
    deleted: false,
    own: false,
    walkIn: false,
    ...more,
  };
}

const outline = (items: TimelineItem[]) =>
  rowsOf(items).map((row) => (row.kind === "day" ? "day" : `${row.lead ? "lead" : "more"} ${row.key}`));

describe("rowsOf", () => {
  test("nothing makes no rows", () => {
    expect(rowsOf([])).toEqual([]);
  });

  test("one author's messages run together until somebody else writes or time passes", () => {
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

  test("a reply begins a run, so that its quote stands under a name", () => {
    const reply = item("b", "anna", noon + 1, { replyTo: { id: "a", seq: 1 } });
    expect(outline([item("a", "anna", noon), reply])).toEqual(["day", "lead a", "lead b"]);
  });

  test("the order given is kept, whatever the clocks say", () => {
    expect(outline([item("a", "anna", noon), item("b", "bert", noon - minute)])).toEqual([
      "day",
      "lead a",
      "lead b",
    ]);
  });
});
