import { expect, test } from "bun:test";
import { doubts, median, short, table, verdict } from "./table.ts";
import type { WindowResult } from "./window.ts";
import { WORKS } from "./works.ts";

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
const [a, , , d] = WORKS;

test("the median of an even and an odd number of windows", () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 2, 3])).toBe(2.5);
});

test.each([
  [a!, 0.95, "aim"],
  [a!, 0.9, "aim"],
  [a!, 0.6, "enough"],
  [a!, 0.59, "SHORT"],
  [d!, 1.1, "aim"],
  [d!, 1.5, "enough"],
  [d!, 1.51, "SHORT"],
])("the verdict on %p at %d", (work, ratio, said) => {
  expect(verdict(work, ratio)).toBe(said);
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

test("a full load core makes the figure a lower bound, and says for whom", () => {
  const text = table([{ work: a!, parley: [window({ loadCpu: 4.6e6 })], bare: [window()] }]);
  const cells = text
    .split("\n")[2]!
    .split("|")
    .map((cell) => cell.trim());
  expect(cells.slice(3, 7)).toEqual(["≥ 200.0 k", "200.0 k", "1.00", "aim"]);
});

test("disturbed windows are named", () => {
  const sides = { parley: [window(), window({ others: 1.2e6 })], bare: [window()] };
  expect(doubts([{ work: a!, ...sides }])).toEqual([
    "a: other programs took more than 5 % of the two cores in 1 of 3 windows.",
  ]);
});
