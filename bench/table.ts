import type { WindowResult } from "./window.ts";
import type { Work } from "./works.ts";

/** A work, and the windows of both, in the order they were measured. */
export type Measured = {
  readonly work: Work;
  readonly parley: readonly WindowResult[];
  readonly bare: readonly WindowResult[];
};

/** Above this part of its core the load may be what limits, so the figure is a lower bound. */
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

export function short(value: number): string {
  if (value >= 1e6) return `${(value / 1e6).toFixed(2)} M`;
  if (value >= 1e4) return `${(value / 1e3).toFixed(1)} k`;
  if (value >= 100) return value.toFixed(0);
  return value.toPrecision(3);
}

/** Whether Parley's figure is what was asked for. */
export function verdict(work: Work, ratio: number): string {
  const reaches = (limit: number) => (work.better === "more" ? ratio >= limit : ratio <= limit);
  if (reaches(work.aim)) return "aim";
  return reaches(work.need) ? "enough" : "SHORT";
}

const HEAD = [
  "work",
  "figure",
  "Parley",
  "bare",
  "ratio",
  "",
  "CPU us/delivery",
  "CPU us/message",
  "events/frame",
  "p50 / p99 ms",
  "load core",
  "others",
];

/** The table in Markdown. Each figure is the median of its windows; two figures in a field are Parley's and the bare pipeline's. */
export function table(all: readonly Measured[]): string {
  const rows = all.map(row);
  const widths = HEAD.map((head, i) => Math.max(head.length, ...rows.map((cells) => cells[i]!.length)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, i) => cell.padEnd(widths[i]!)).join(" | ")} |`;
  return [line(HEAD), `|${widths.map((width) => "-".repeat(width + 2)).join("|")}|`, ...rows.map(line)].join(
    "\n",
  );
}

function row({ work, parley, bare }: Measured): string[] {
  const of = (windows: readonly WindowResult[], field: (window: WindowResult) => number) =>
    median(windows.map(field));
  const both = (field: (window: WindowResult) => number, show: (value: number) => string) =>
    `${parley.length > 0 ? show(of(parley, field)) : "–"} · ${bare.length > 0 ? show(of(bare, field)) : "–"}`;
  const figure = (windows: readonly WindowResult[]) => {
    if (windows.length === 0) return "–";
    return `${of(windows, loadShare) > LOAD_FULL ? "≥ " : ""}${short(of(windows, work.figure))}`;
  };
  const ratio = parley.length > 0 && bare.length > 0 ? of(parley, work.figure) / of(bare, work.figure) : null;
  const percent = (value: number) => `${(value * 100).toFixed(0)} %`;
  return [
    `${work.key}) ${work.title}`,
    work.unit,
    figure(parley),
    figure(bare),
    ratio === null ? "–" : ratio.toFixed(2),
    ratio === null ? "" : verdict(work, ratio),
    both(
      ({ serverCpu, deliveries }) => serverCpu / deliveries,
      (value) => value.toPrecision(3),
    ),
    both(({ serverCpu, messages }) => serverCpu / messages, short),
    both(
      ({ deliveries, frames }) => deliveries / frames,
      (value) => value.toFixed(1),
    ),
    `${both(
      ({ p50 }) => p50,
      (value) => value.toPrecision(3),
    )} / ${both(
      ({ p99 }) => p99,
      (value) => value.toPrecision(3),
    )}`,
    both(loadShare, percent),
    both(othersShare, percent),
  ];
}

/** Sentences on windows that should be measured again. */
export function doubts(all: readonly Measured[]): string[] {
  return all.flatMap(({ work, parley, bare }) => {
    const disturbed = [...parley, ...bare].filter((window) => othersShare(window) > DISTURBED).length;
    if (disturbed === 0) return [];
    return [
      `${work.key}: other programs took more than 5 % of the two cores in ${disturbed} of ${parley.length + bare.length} windows.`,
    ];
  });
}
