import type { Side } from "../load/crowd.ts";
import type { VisitOrder } from "../load/reconnects.ts";
import { processCpu } from "../report/cpu.ts";
import { short } from "../report/table.ts";
import type { Bench, Work } from "./bench.ts";

/** Connects that one figure is made of: the kernel counts in steps of 10 ms. */
const CONNECTS = 5_000;
const AT_ONCE = 64;
/** Milliseconds until a server has done what it does behind the last frame. */
const REST = 500;

/** CPU time of the server for one connection, in us, by how far it goes. */
type Figures = { readonly welcome: number[]; readonly live: number[] };

export const connects: Work = {
  key: "connect",
  title: "connect to welcome",
  async run(bench) {
    const all = new Map<Side, Figures>();
    for (const side of bench.sides("parley", "socketio", "ws")) all.set(side, await measureSide(bench, side));
    const welcome = Object.fromEntries([...all].map(([side, figures]) => [side, figures.welcome]));
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

async function measureSide(bench: Bench, side: Side): Promise<Figures> {
  using folder = bench.folder();
  await using load = bench.load("load/reconnects.ts", side);
  await using server = await bench.server(side, folder.path);
  const { port, pid } = server;
  const guests = bench.scaled(CONNECTS);
  const tell = (order: VisitOrder) => load.ask<object>(order);
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
  const kinds = side === "parley" ? (["welcome", "live"] as const) : (["welcome"] as const);
  if (side === "parley") await tell({ do: "begin", port, guests, rooms: 0 });
  for (const until of kinds) await once(until);
  await bench.repeat(async () => {
    await bench.untilQuiet();
    for (const until of kinds) {
      const used = await once(until);
      figures[until].push(used);
      bench.say(`${side.padEnd(8)} ${short(used)} us until ${until}`);
    }
  });
  return figures;
}
