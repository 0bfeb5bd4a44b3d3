import type { Came, ReconnectCommand } from "../load/reconnects.ts";
import { peakKiB, processCpu } from "../report/cpu.ts";
import { median, type ResultRow, short } from "../report/table.ts";
import type { Bench, Scenario } from "./bench.ts";

const CLIENTS = 10_000;
/** Events that each of them missed in its room. */
const MISSED = 10;
const ROOMS = [1, 100];

export const storms: Scenario = {
  key: "resume",
  title: "10,000 clients resume at once",
  async run(bench) {
    const rows: ResultRow[] = [];
    for (const rooms of ROOMS) rows.push(await storm(bench, bench.scaled(CLIENTS), rooms));
    return { rows };
  },
};

async function storm(bench: Bench, guests: number, rooms: number): Promise<ResultRow> {
  using folder = bench.folder();
  await using load = bench.load("load/reconnects.ts", "parley");
  const tell = (command: ReconnectCommand) => load.ask<Came>(command);
  {
    await using server = await bench.server("parley", folder.path);
    await tell({ do: "begin", port: server.port, guests, rooms });
    await tell({ do: "speak", port: server.port, missed: MISSED });
  }
  const seconds: number[] = [];
  const cpu: number[] = [];
  const peak: number[] = [];
  await bench.repeat(async () => {
    // A fresh process: it has nothing in memory of what it is asked for.
    await using server = await bench.server("parley", folder.path);
    await bench.untilQuiet();
    const before = processCpu(server.pid);
    const came = await tell({ do: "come", port: server.port, guests, until: "live" });
    if (came.events !== guests * MISSED)
      throw new Error(`${came.events} events came instead of ${guests * MISSED}.`);
    seconds.push(came.milliseconds / 1000);
    cpu.push((processCpu(server.pid) - before) / 1e6);
    peak.push(peakKiB(server.pid) / 1024);
    bench.say(
      `${rooms} room(s): ${short(came.milliseconds / 1000)} s, ${short(cpu.at(-1)!)} s of server CPU, ` +
        `peak ${short(peak.at(-1)!)} MiB`,
    );
    await tell({ do: "leave" });
  });
  const where = rooms === 1 ? "one room" : `${rooms} rooms`;
  return {
    title: `${guests.toLocaleString("en")} clients of ${where} resume, ${MISSED} events missed`,
    unit: "s until all are at head",
    better: "less",
    figures: { parley: seconds },
    goals: [{ against: null, need: 8, aim: 4 }],
    also: `${short(median(cpu))} s server CPU, peak ${short(median(peak))} MiB`,
  };
}
