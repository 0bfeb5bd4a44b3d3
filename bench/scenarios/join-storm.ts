import type { Target } from "../load/crowd.ts";
import type { JoinCommand, JoinResult } from "../load/join-load.ts";
import { median, type ResultRow, type ScenarioResult, SHORT_NAMES, short } from "../report/table.ts";
import { pythonWithFastApi } from "../targets/programs.ts";
import type { Bench, Scenario } from "./bench.ts";
import { withoutFastApi } from "./dialects.ts";

const SIZES = [250, 500, 1_000];
/** Milliseconds in which all of them come. */
const WITHIN = 1_000;
/** Who comes before, so that what loads and compiles once belongs to no storm. */
const WARM = 100;

/** What one size came to, on each side. */
type Storms = ReadonlyMap<Target, readonly JoinResult[]>;

export const joinStorm: Scenario = {
  key: "join-storm",
  title: "old clients come into the lobby within one second",
  async run(bench) {
    const wanted = bench.targets("parley", "fastapi");
    const targets = wanted.filter((target) => target !== "fastapi" || pythonWithFastApi() !== null);
    const bySize = new Map(
      SIZES.map((size) => [size, new Map(targets.map((target) => [target, [] as JoinResult[]]))]),
    );
    let turns = 0;
    await bench.repeat(async () => {
      turns++;
      for (const target of targets) {
        // It takes a minute, and what it sends is the same each time.
        if (target === "fastapi" && turns > 1) continue;
        using folder = bench.folder();
        await using load = bench.load("load/join-load.ts", target);
        await using server = await bench.server(target, folder.path);
        const tell = (command: JoinCommand) => load.ask<JoinResult>(command);
        const { port, pid } = server;
        await tell({ do: "prepare", port, pid, clients: WARM });
        for (const size of SIZES) {
          await bench.untilQuiet();
          const clients = bench.scaled(size);
          const result = await tell({ do: "storm", port, pid, clients, within: WITHIN });
          bySize.get(size)?.get(target)?.push(result);
          say(bench, target, result);
        }
      }
    });
    return outcome(bench, bySize, targets.length < wanted.length);
  },
};

const framesEach = ({ frames, clients }: JoinResult) => frames / clients;
const bytesEach = ({ bytes, clients }: JoinResult) => bytes / clients;
const besidesListsEach = ({ bytes, listBytes, clients }: JoinResult) => (bytes - listBytes) / clients;
const listsEach = ({ listBytes, clients }: JoinResult) => listBytes / clients;

function say(bench: Bench, target: Target, result: JoinResult): void {
  const { clients, milliseconds, serverCpu } = result;
  bench.say(
    `${target.padEnd(8)} ${clients} came in ${short(milliseconds / 1000)} s: ${short(framesEach(result))} frames and ` +
      `${short(bytesEach(result) / 1024)} KiB each, ${short(serverCpu / clients)} us CPU`,
  );
}

function outcome(bench: Bench, bySize: ReadonlyMap<number, Storms>, withoutPeer: boolean): ScenarioResult {
  const rows: ResultRow[] = [];
  for (const [size, storms] of bySize) {
    const title = `${bench.scaled(size).toLocaleString("en")} old clients come within one second`;
    const row = (unit: string, figure: (result: JoinResult) => number): ResultRow => ({
      title,
      unit,
      better: "less",
      figures: Object.fromEntries([...storms].map(([target, all]) => [target, all.map(figure)])),
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
  const growth = (unit: string, figure: (result: JoinResult) => number): ResultRow => ({
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

function grown(small: Storms, large: Storms, figure: (result: JoinResult) => number): ResultRow["figures"] {
  const ratios = [...large].map(([target, results]) => {
    const before = small.get(target) ?? [];
    return [target, results.map((result, turn) => figure(result) / figure(before[turn]!))] as const;
  });
  return Object.fromEntries(ratios);
}

function bytesInWords(storms: Storms): string {
  const each = [...storms].map(([target, all]) => {
    const kib = (figure: (result: JoinResult) => number) => short(median(all.map(figure)) / 1024);
    const lists = all.some(({ listBytes }) => listBytes > 0) ? `, and ${kib(listsEach)} of lists` : "";
    return `${SHORT_NAMES[target]} ${kib(besidesListsEach)}${lists}`;
  });
  return `KiB for each: ${each.join("; ")}`;
}

function withPeer(also: string, withoutPeer: boolean): string {
  return withoutPeer ? withoutFastApi(also) : also;
}
