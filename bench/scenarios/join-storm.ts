import type { Side } from "../load/crowd.ts";
import type { JoinOrder, JoinResult } from "../load/join-load.ts";
import { median, type Outcome, type Row, SHORT_NAMES, short } from "../report/table.ts";
import { pythonWithFastApi } from "../targets/programs.ts";
import type { Bench, Work } from "./bench.ts";
import { withoutFastApi } from "./dialects.ts";

const SIZES = [250, 500, 1_000];
/** Milliseconds in which all of them come. */
const WITHIN = 1_000;
/** Who comes before, so that what loads and compiles once belongs to no storm. */
const WARM = 100;

/** What one size came to, on each side. */
type Storms = ReadonlyMap<Side, readonly JoinResult[]>;

export const joinStorm: Work = {
  key: "join-storm",
  title: "old clients come into the lobby within one second",
  async run(bench) {
    const wanted = bench.sides("parley", "fastapi");
    const sides = wanted.filter((side) => side !== "fastapi" || pythonWithFastApi() !== null);
    const bySize = new Map(
      SIZES.map((size) => [size, new Map(sides.map((side) => [side, [] as JoinResult[]]))]),
    );
    let turns = 0;
    await bench.repeat(async () => {
      turns++;
      for (const side of sides) {
        // It takes a minute, and what it sends is the same each time.
        if (side === "fastapi" && turns > 1) continue;
        using folder = bench.folder();
        await using load = bench.load("load/join-load.ts", side);
        await using server = await bench.server(side, folder.path);
        const tell = (order: JoinOrder) => load.ask<JoinResult>(order);
        const { port, pid } = server;
        await tell({ do: "prepare", port, pid, clients: WARM });
        for (const size of SIZES) {
          await bench.untilQuiet();
          const clients = bench.scaled(size);
          const result = await tell({ do: "storm", port, pid, clients, within: WITHIN });
          bySize.get(size)?.get(side)?.push(result);
          say(bench, side, result);
        }
      }
    });
    return outcome(bench, bySize, sides.length < wanted.length);
  },
};

const framesEach = ({ frames, clients }: JoinResult) => frames / clients;
const bytesEach = ({ bytes, clients }: JoinResult) => bytes / clients;
const besidesListsEach = ({ bytes, listBytes, clients }: JoinResult) => (bytes - listBytes) / clients;
const listsEach = ({ listBytes, clients }: JoinResult) => listBytes / clients;

function say(bench: Bench, side: Side, result: JoinResult): void {
  const { clients, milliseconds, serverCpu } = result;
  bench.say(
    `${side.padEnd(8)} ${clients} came in ${short(milliseconds / 1000)} s: ${short(framesEach(result))} frames and ` +
      `${short(bytesEach(result) / 1024)} KiB each, ${short(serverCpu / clients)} us CPU`,
  );
}

function outcome(bench: Bench, bySize: ReadonlyMap<number, Storms>, withoutPeer: boolean): Outcome {
  const rows: Row[] = [];
  for (const [size, storms] of bySize) {
    const title = `${bench.scaled(size).toLocaleString("en")} old clients come within one second`;
    const row = (unit: string, figure: (result: JoinResult) => number): Row => ({
      title,
      unit,
      better: "less",
      figures: Object.fromEntries([...storms].map(([side, all]) => [side, all.map(figure)])),
      goals: [],
    });
    rows.push(
      {
        ...row("frames sent for each", framesEach),
        also: withPeer(bytesInWords(storms), withoutPeer && rows.length === 0),
      },
      row("s until the last is in", ({ milliseconds }) => milliseconds / 1000),
      row("us server CPU for each", ({ serverCpu, clients }) => serverCpu / clients),
    );
  }
  const [small, large] = [SIZES[0]!, SIZES.at(-1)!];
  // 1 is growth with their number, large / small is growth with its square.
  const goals = [{ against: null, need: 1.25 }];
  const growth = (unit: string, figure: (result: JoinResult) => number): Row => ({
    title: `join storm: ${bench.scaled(large).toLocaleString("en")} over ${bench.scaled(small)}`,
    unit,
    better: "less",
    figures: grown(bySize.get(small)!, bySize.get(large)!, figure),
    goals,
  });
  rows.push(
    growth("× frames for each", framesEach),
    growth("× bytes for each, lists left out", besidesListsEach),
    // A list names everybody to everybody once at least: their square, on any server that speaks this wire.
    { ...growth("× bytes for each, lists and all", bytesEach), goals: [] },
  );
  return { rows };
}

function grown(small: Storms, large: Storms, figure: (result: JoinResult) => number): Row["figures"] {
  const ratios = [...large].map(([side, results]) => {
    const before = small.get(side) ?? [];
    return [side, results.map((result, turn) => figure(result) / figure(before[turn]!))] as const;
  });
  return Object.fromEntries(ratios);
}

function bytesInWords(storms: Storms): string {
  const each = [...storms].map(([side, all]) => {
    const kib = (figure: (result: JoinResult) => number) => short(median(all.map(figure)) / 1024);
    const lists = all.some(({ listBytes }) => listBytes > 0) ? `, and ${kib(listsEach)} of lists` : "";
    return `${SHORT_NAMES[side]} ${kib(besidesListsEach)}${lists}`;
  });
  return `KiB for each: ${each.join("; ")}`;
}

function withPeer(also: string, withoutPeer: boolean): string {
  return withoutPeer ? withoutFastApi(also) : also;
}
