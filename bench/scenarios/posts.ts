import { LOBBY } from "@parley/protocol";
import type { ReconnectCommand } from "../load/reconnects.ts";
import type { RequestCommand } from "../load/requests.ts";
import { isLowerBound, median, short } from "../report/table.ts";
import type { WindowResult } from "../report/window.ts";
import type { Scenario } from "./bench.ts";

const IN_FLIGHT = 16;
const TITLE = `POST of a message, ${IN_FLIGHT} in flight`;

export const posts: Scenario = {
  key: "post",
  title: TITLE,
  async run(bench) {
    using folder = bench.folder();
    await using server = await bench.server("parley", folder.path);
    const { port } = server;
    {
      await using load = bench.load("load/reconnects.ts", "parley");
      const begin: ReconnectCommand = { do: "begin", port, guests: IN_FLIGHT, rooms: 0 };
      await load.ask(begin);
    }
    await using load = bench.load("load/requests.ts", String(port));
    const windows: WindowResult[] = [];
    await bench.repeat(async () => {
      await bench.untilQuiet();
      const command: RequestCommand = {
        ...bench.windowCommand(server),
        do: "post",
        room: LOBBY,
        connections: IN_FLIGHT,
      };
      const result = await load.ask<WindowResult>(command);
      windows.push(result);
      bench.say(`${short(result.messages / result.seconds)} messages/s`);
    });
    const of = (field: (window: WindowResult) => number) => short(median(windows.map(field)));
    return {
      rows: [
        {
          title: TITLE,
          unit: "messages/s",
          better: "more",
          figures: { parley: windows.map(({ messages, seconds }) => messages / seconds) },
          atLeast: isLowerBound(windows) ? ["parley"] : [],
          goals: [{ against: null, need: 6_000, aim: 12_000 }],
          also:
            `p50 ${of(({ p50 }) => p50)} ms, p99 ${of(({ p99 }) => p99)} ms; ` +
            `${of(({ serverCpu, messages }) => serverCpu / messages)} us server CPU a message`,
        },
      ],
      windows: [{ title: TITLE, target: "parley", windows }],
    };
  },
};
