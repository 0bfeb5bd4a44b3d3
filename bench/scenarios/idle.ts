import type { Target } from "../load/crowd.ts";
import type { ReconnectCommand } from "../load/reconnects.ts";
import { residentKiB } from "../report/cpu.ts";
import { short } from "../report/table.ts";
import type { Program, Server } from "../targets/programs.ts";
import type { Bench, Scenario } from "./bench.ts";

const CONNECTIONS = 10_000;
/** Before zero is read so many connect and leave, a few at a time: what loads and compiles once belongs to no connection. */
const WARM = 4_000;
const AT_ONCE = 50;
/** Milliseconds that connections stand before memory is read. */
const SETTLE = 5_000;

export const idle: Scenario = {
  key: "idle",
  title: "idle, signed in, in one room",
  async run(bench) {
    const figures: Partial<Record<Target, number[]>> = {};
    for (const target of bench.targets("parley", "socketio", "ws"))
      figures[target] = await measureSide(bench, target);
    const also = `${bench.scaled(CONNECTIONS)} connections`;
    const goals = [{ against: null, need: 8, aim: 4 }];
    return {
      rows: [{ title: idle.title, unit: "KiB a connection", better: "less", figures, goals, also }],
    };
  },
};

async function measureSide(bench: Bench, target: Target): Promise<number[]> {
  using folder = bench.folder();
  await using load = bench.load("load/reconnects.ts", target);
  if (target === "parley") {
    await using server = await bench.server(target, folder.path);
    await tell(load, { do: "begin", port: server.port, guests: bench.scaled(CONNECTIONS), rooms: 0 });
  }
  const figures: number[] = [];
  await bench.repeat(async () => {
    // A fresh process each time: it knows the guests from its store and has held no connection of theirs.
    await using server = await bench.server(target, folder.path);
    figures.push(await measure(bench, load, server, target));
  });
  return figures;
}

async function measure(bench: Bench, load: Program, server: Server, target: Target): Promise<number> {
  const { port, pid } = server;
  const count = bench.scaled(CONNECTIONS);
  const come = { do: "come", port, until: "live", atOnce: AT_ONCE } as const;
  for (let done = 0; done < bench.scaled(WARM); done += AT_ONCE) {
    await tell(load, { ...come, guests: AT_ONCE });
    await tell(load, { do: "leave" });
  }
  await Bun.sleep(1_000);
  const empty = await server.settledKiB();
  await tell(load, { ...come, guests: count });
  await Bun.sleep(SETTLE);
  const untouched = (residentKiB(pid) - empty) / count;
  const figure = ((await server.settledKiB()) - empty) / count;
  await tell(load, { do: "leave" });
  bench.say(
    `${target.padEnd(8)} ${short(figure)} KiB a connection, ${short(untouched)} before collecting garbage`,
  );
  return figure;
}

function tell(load: Program, command: ReconnectCommand): Promise<object> {
  return load.ask(command);
}
