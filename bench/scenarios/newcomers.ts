import type { Came, ReconnectCommand } from "../load/reconnects.ts";
import { peakKiB, processCpu } from "../report/cpu.ts";
import { median, type ResultRow, short } from "../report/table.ts";
import type { Bench, Scenario } from "./bench.ts";

const SIZES = [2_000, 18_000];
/** Milliseconds in which all of them come. */
const WITHIN = 30_000;

export const newcomers: Scenario = {
  key: "newcomers",
  title: "new guests come into the lobby within half a minute, and stay",
  async run(bench) {
    const rows: ResultRow[] = [];
    for (const size of SIZES) rows.push(await measure(bench, bench.scaled(size)));
    return { rows };
  },
};

/** Each who comes in is told to all who are there: at most half the square of their number, in events delivered. */
async function measure(bench: Bench, guests: number): Promise<ResultRow> {
  const each: number[] = [];
  let peak = 0;
  await bench.repeat(async () => {
    using folder = bench.folder();
    await using server = await bench.server("parley", folder.path);
    // Ends before the server does, which would announce its end to it.
    await using load = bench.load("load/reconnects.ts", "parley");
    await bench.untilQuiet();
    const before = processCpu(server.pid);
    const command: ReconnectCommand = { do: "newcomers", port: server.port, guests, within: WITHIN };
    const { milliseconds, events } = await load.ask<Came>(command);
    each.push((processCpu(server.pid) - before) / guests);
    peak = Math.max(peak, peakKiB(server.pid) / 1024);
    bench.say(
      `${guests} new guests in ${short(milliseconds / 1000)} s: ${short(each.at(-1)!)} us CPU each, ` +
        `${short(events / guests)} joinings heard by each, peak ${short(peak)} MiB`,
    );
  });
  return {
    title: `${guests.toLocaleString("en")} new guests come into the lobby within half a minute`,
    unit: "us server CPU for each",
    better: "less",
    figures: { parley: each },
    goals: [{ against: null, need: 500 }],
    also: `median ${short(median(each))} us, peak ${short(peak)} MiB`,
  };
}
