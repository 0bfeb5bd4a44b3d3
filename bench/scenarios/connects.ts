import type { Target } from "../load/crowd.ts";
import type { ReconnectCommand } from "../load/reconnects.ts";
import { processCpu } from "../report/cpu.ts";
import { short } from "../report/table.ts";
import type { Bench, Scenario } from "./bench.ts";

/** Connects that one figure is made of: the kernel counts in steps of 10 ms. */
const CONNECTS = 5_000;
const AT_ONCE = 64;
/** Milliseconds until a server has done what it does behind the last frame. */
const REST = 500;

/** CPU time of the server for one connection, in us, by how far it goes. */
type Figures = { readonly welcome: number[]; readonly live: number[] };

export const connects: Scenario = {
  key: "connect",
  title: "connect to welcome",
  async run(bench) {
    const all = new Map<Target, Figures>();
    for (const target of bench.targets("parley", "socketio", "ws"))
      all.set(target, await measureSide(bench, target));
    const welcome = Object.fromEntries([...all].map(([target, figures]) => [target, figures.welcome]));
    const live = { parley: all.get("parley")?.live ?? [] };
    const row = { unit: "us server CPU", better: "less" } as const;
    const goals = [{ against: null, need: 150, aim: 60 }];
    return {
      rows: [
        { ...row, title: connects.title, figures: welcome, goals },
        { ...row, title: "the same, and resume of all feeds", figures: live, goals: [] },
      ],
    };
  },
};

async function measureSide(bench: Bench, target: Target): Promise<Figures> {
  using folder = bench.folder();
  await using load = bench.load("load/reconnects.ts", target);
  await using server = await bench.server(target, folder.path);
  const { port, pid } = server;
  const guests = bench.scaled(CONNECTS);
  const tell = (command: ReconnectCommand) => load.ask<object>(command);
  const once = async (until: keyof Figures) => {
    const before = processCpu(pid);
    await tell({ do: "come", port, guests, until, atOnce: AT_ONCE });
    await Bun.sleep(REST);
    const used = (processCpu(pid) - before) / guests;
    await tell({ do: "leave" });
    await Bun.sleep(REST);
    return used;
  };
  const figures: Figures = { welcome: [], live: [] };
  const kinds = target === "parley" ? (["welcome", "live"] as const) : (["welcome"] as const);
  if (target === "parley") await tell({ do: "begin", port, guests, rooms: 0 });
  for (const until of kinds) await once(until);
  await bench.repeat(async () => {
    await bench.untilQuiet();
    for (const until of kinds) {
      const used = await once(until);
      figures[until].push(used);
      bench.say(`${target.padEnd(8)} ${short(used)} us until ${until}`);
    }
  });
  return figures;
}
