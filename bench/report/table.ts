import type { Target } from "../load/crowd.ts";
import type { WindowResult } from "./window.ts";

/** What is asked of a figure of Parley's: of the figure itself, or of its ratio to another's in the same run. */
export type Goal = {
  readonly against: Exclude<Target, "parley"> | null;
  readonly need: number;
  readonly aim?: number;
};

/** One line of the table. */
export type ResultRow = {
  readonly title: string;
  readonly unit: string;
  readonly better: "more" | "less";
  /** One figure for each time it was measured; the median counts. */
  readonly figures: Readonly<Partial<Record<Target, readonly number[]>>>;
  /** Whose figures are lower bounds, because the load may have been what limited. */
  readonly atLeast?: readonly Target[];
  readonly goals: readonly Goal[];
  /** What else was seen, in words. */
  readonly also?: string;
};

/** The windows of one server at one work. */
export type Windows = {
  readonly title: string;
  readonly target: Target;
  readonly windows: readonly WindowResult[];
};

/** What a work came to. */
export type ScenarioResult = { readonly rows: readonly ResultRow[]; readonly windows?: readonly Windows[] };

export const NAMES: Readonly<Record<Target, string>> = {
  parley: "Parley",
  bare: "bare",
  socketio: "Socket.IO (in memory)",
  ws: "ws (in memory)",
  fastapi: "FastAPI (in memory)",
};
export const SHORT_NAMES: Readonly<Record<Target, string>> = {
  ...NAMES,
  socketio: "Socket.IO",
  ws: "ws",
  fastapi: "FastAPI",
};
const TARGETS = ["parley", "bare", "socketio", "ws", "fastapi"] as const;

/** Above this part of its core the load may be what limits, so a figure is a lower bound. */
const LOAD_FULL = 0.9;
/** Above this part of the two cores others disturb a window. */
const DISTURBED = 0.05;

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

const loadShare = ({ loadCpu, seconds }: WindowResult) => loadCpu / 1e6 / seconds;
const othersShare = ({ others, seconds }: WindowResult) => others / 2e6 / seconds;

/** Whether the load's core was full in the middle one of these windows. */
export function isLowerBound(windows: readonly WindowResult[]): boolean {
  return median(windows.map(loadShare)) > LOAD_FULL;
}

export function short(value: number): string {
  if (value >= 1e6) return `${(value / 1e6).toFixed(2)} M`;
  if (value >= 1e4) return `${(value / 1e3).toFixed(1)} k`;
  if (value >= 100) return value.toFixed(0);
  return value.toPrecision(3);
}

/** A ratio or a goal: no more digits than it deserves. */
function plain(value: number): string {
  return value >= 1000 ? value.toLocaleString("en") : String(Number(value.toPrecision(3)));
}

/** What Parley's figure is to a goal: itself or a ratio; null when one of the two was not measured. */
export function ratioOf({ figures }: ResultRow, { against }: Goal): number | null {
  const [own, other] = [figures.parley, against === null ? [1] : figures[against]];
  return own?.length && other?.length ? median(own) / median(other) : null;
}

/** Whether a goal is reached, and by how much it is missed. */
export function verdict({ better }: ResultRow, { need, aim }: Goal, value: number): string {
  const reaches = (limit: number) => (better === "more" ? value >= limit : value <= limit);
  if (aim !== undefined && reaches(aim)) return "aim";
  if (reaches(need)) return "enough";
  return `SHORT by ${((Math.abs(value - need) / need) * 100).toFixed(0)} %`;
}

function asked(row: ResultRow): string {
  const sign = row.better === "more" ? "≥" : "≤";
  const one = ({ against, need, aim }: Goal) => {
    const target = aim === undefined ? plain(need) : `${plain(need)}, aim ${plain(aim)}`;
    return against === null ? `${sign} ${target}` : `${sign} ${target} × ${SHORT_NAMES[against]}`;
  };
  return row.goals.map(one).join("; ");
}

function reached(row: ResultRow): string {
  return row.goals
    .map((goal) => {
      const value = ratioOf(row, goal);
      if (value === null) return "–";
      const figure = goal.against === null ? "" : `${plain(value)} × ${SHORT_NAMES[goal.against]}: `;
      return figure + verdict(row, goal, value);
    })
    .join("; ");
}

/** All rows in Markdown; each figure is the median of what was measured. A target that was not measured has no column. */
export function table(rows: readonly ResultRow[]): string {
  const sides = TARGETS.filter((side) => rows.some(({ figures }) => figures[side]?.length));
  const head = ["work", "figure", ...sides.map((side) => NAMES[side]), "asked", "reached", "besides"];
  return markdown(
    head,
    rows.map((row) => [
      row.title,
      row.unit,
      ...sides.map((side) => {
        const figures = row.figures[side] ?? [];
        if (figures.length === 0) return "–";
        return `${row.atLeast?.includes(side) ? "≥ " : ""}${short(median(figures))}`;
      }),
      asked(row),
      reached(row),
      row.also ?? "",
    ]),
  );
}

/** What the windows cost, in Markdown. */
export function costs(all: readonly Windows[]): string {
  const head = [
    "work",
    "server",
    "CPU us/delivery",
    "CPU us/message",
    "events/frame",
    "p50 / p99 ms",
    "load core",
    "others",
  ];
  const percent = (value: number) => `${(value * 100).toFixed(0)} %`;
  return markdown(
    head,
    all.map(({ title, target, windows }) => {
      const of = (field: (window: WindowResult) => number, show: (value: number) => string) => {
        const value = median(windows.map(field));
        return Number.isFinite(value) ? show(value) : "–";
      };
      const digits = (value: number) => value.toPrecision(3);
      return [
        title,
        SHORT_NAMES[target],
        of(({ serverCpu, deliveries }) => serverCpu / deliveries, digits),
        of(({ serverCpu, messages }) => serverCpu / messages, short),
        of(
          ({ deliveries, frames }) => deliveries / frames,
          (value) => value.toFixed(1),
        ),
        `${of(({ p50 }) => p50, digits)} / ${of(({ p99 }) => p99, digits)}`,
        of(loadShare, percent),
        of(othersShare, percent),
      ];
    }),
  );
}

function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((cells) => cells[i]!.length)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, i) => cell.padEnd(widths[i]!)).join(" | ")} |`;
  const rule = `|${widths.map((width) => "-".repeat(width + 2)).join("|")}|`;
  return [line(head), rule, ...rows.map(line)].join("\n");
}

/** A sentence for each work with windows that should be measured again. */
export function doubts(all: readonly Windows[]): string[] {
  return [...new Set(all.map(({ title }) => title))].flatMap((title) => {
    const disturbed = all.flatMap(({ title: of, target, windows }) => {
      const count = windows.filter((window) => othersShare(window) > DISTURBED).length;
      return of === title && count > 0 ? [`${SHORT_NAMES[target]} ${count} of ${windows.length}`] : [];
    });
    if (disturbed.length === 0) return [];
    return [
      `${title}: other programs took more than 5 % of the two cores in windows of ${disturbed.join(", ")}.`,
    ];
  });
}
