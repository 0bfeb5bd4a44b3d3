import { expect, test } from "bun:test";
import { SCENARIOS } from "../scenarios/all.ts";
import {
  costs,
  doubts,
  type Goal,
  isLowerBound,
  median,
  type ResultRow,
  ratioOf,
  short,
  table,
  verdict,
} from "./table.ts";
import type { WindowResult } from "./window.ts";

const window = (over: Partial<WindowResult> = {}): WindowResult => ({
  seconds: 5,
  messages: 1000,
  deliveries: 1_000_000,
  frames: 50_000,
  bytes: 1,
  p50: 4,
  p99: 9,
  serverCpu: 5e6,
  loadCpu: 2e6,
  others: 0,
  serverKiB: 1,
  ...over,
});
const row = (over: Partial<ResultRow> = {}): ResultRow => ({
  title: "talk",
  unit: "deliveries/s",
  better: "more",
  figures: { parley: [90, 100, 110], bare: [120], socketio: [4] },
  goals: [],
  ...over,
});
const cellsOf = (text: string, line: number) =>
  text
    .split("\n")
    [line]!.split("|")
    .slice(1, -1)
    .map((cell) => cell.trim());

test("the median of an even and an odd number of windows", () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 2, 3])).toBe(2.5);
});

const more: Goal = { against: "bare", need: 0.6, aim: 0.9 };
const less: Goal = { against: null, need: 8, aim: 4 };

test.each<[number, ResultRow["better"], Goal, string]>([
  [0.95, "more", more, "aim"],
  [0.9, "more", more, "aim"],
  [0.6, "more", more, "enough"],
  [0.54, "more", more, "SHORT by 10 %"],
  [4, "less", less, "aim"],
  [8, "less", less, "enough"],
  [10, "less", less, "SHORT by 25 %"],
  [100, "more", { against: "socketio", need: 12 }, "enough"],
])("the verdict on %d, where %s is better", (value, better, goal, said) => {
  expect(verdict(row({ better }), goal, value)).toBe(said);
});

test("a goal is held against the median itself, or against another's of the same run", () => {
  expect(ratioOf(row(), less)).toBe(100);
  expect(ratioOf(row(), { against: "socketio", need: 12 })).toBe(25);
  expect(ratioOf(row(), { against: "ws", need: 1 })).toBeNull();
  expect(ratioOf(row({ figures: { bare: [1] } }), less)).toBeNull();
});

test("figures are short enough to read", () => {
  expect([0.0561, 5.25, 543.2, 9999, 28_412, 4_183_000].map(short)).toEqual([
    "0.0561",
    "5.25",
    "543",
    "9999",
    "28.4 k",
    "4.18 M",
  ]);
});

test("a row says what is asked of it and whether it is reached", () => {
  const goals: Goal[] = [{ against: "socketio", need: 12 }, more, { against: null, need: 6000, aim: 12_000 }];
  const text = table([row({ goals, also: "p99 9 ms" }), row({ figures: { ws: [1] } })]);
  expect(cellsOf(text, 0).slice(2, 6)).toEqual(["Parley", "bare", "Socket.IO (in memory)", "ws (in memory)"]);
  expect(cellsOf(text, 2)).toEqual([
    "talk",
    "deliveries/s",
    "100",
    "120",
    "4.00",
    "–",
    "≥ 12 × Socket.IO; ≥ 0.6, aim 0.9 × bare; ≥ 6,000, aim 12,000",
    "25 × Socket.IO: enough; 0.833 × bare: enough; SHORT by 98 %",
    "p99 9 ms",
  ]);
});

test("who was not measured at all has no column", () => {
  expect(cellsOf(table([row()]), 0).slice(2, 6)).toEqual([
    "Parley",
    "bare",
    "Socket.IO (in memory)",
    "asked",
  ]);
});

test("a full load core makes the figure a lower bound, and says for whom", () => {
  expect(isLowerBound([window({ loadCpu: 4.6e6 }), window({ loadCpu: 4.6e6 }), window()])).toBe(true);
  expect(isLowerBound([window()])).toBe(false);
  const cells = cellsOf(table([row({ atLeast: ["socketio"] })]), 2);
  expect(cells.slice(2, 5)).toEqual(["100", "120", "≥ 4.00"]);
});

test("costs are the server's, for each delivery and each message, where there are any", () => {
  const text = costs([
    { title: "talk", target: "ws", windows: [window()] },
    { title: "post", target: "parley", windows: [window({ deliveries: 0, frames: 0 })] },
  ]);
  expect(cellsOf(text, 2)).toEqual(["talk", "ws", "5.00", "5000", "20.0", "4.00 / 9.00", "40 %", "0 %"]);
  expect(cellsOf(text, 3).slice(1, 5)).toEqual(["Parley", "–", "5000", "–"]);
});

test("disturbed windows are named", () => {
  expect(
    doubts([
      { title: "talk", target: "parley", windows: [window(), window({ others: 1.2e6 })] },
      { title: "talk", target: "bare", windows: [window()] },
    ]),
  ).toEqual(["talk: other programs took more than 5 % of the two cores in windows of Parley 1 of 2."]);
});

test("works are called by different names", () => {
  const keys = SCENARIOS.map(({ key }) => key);
  expect(new Set(keys).size).toBe(keys.length);
});
