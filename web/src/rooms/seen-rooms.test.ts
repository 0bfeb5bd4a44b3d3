import { describe, expect, test } from "bun:test";
import { settleSeen } from "./seen-rooms.ts";

const rooms = [
  { id: "lobby", head: 9 },
  { id: "tea", head: 4 },
];

describe("settleSeen", () => {
  test("at the first visit everything counts as seen", () => {
    expect(settleSeen(null, rooms, null)).toEqual({ lobby: 9, tea: 4 });
  });

  test("the open room is seen to its head, others stay", () => {
    expect(settleSeen({ lobby: 5, tea: 2 }, rooms, "tea")).toEqual({ lobby: 5, tea: 4 });
  });

  test("a room that came while away is unseen", () => {
    expect(settleSeen({ lobby: 9 }, rooms, "lobby")).toEqual({ lobby: 9, tea: 0 });
  });

  test("a head below what was seen is another lineage", () => {
    expect(settleSeen({ lobby: 500, tea: 2 }, rooms, null)).toEqual({ lobby: 9, tea: 2 });
  });

  test("a room that was left is forgotten", () => {
    expect(settleSeen({ lobby: 9, gone: 3 }, rooms, null)).toEqual({ lobby: 9, tea: 0 });
  });
});
