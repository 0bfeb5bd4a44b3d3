import { LOBBY } from "@parley/protocol";
import type { VisitOrder } from "../load/reconnects.ts";
import type { RequestOrder } from "../load/requests.ts";
import { isLowerBound, median, short } from "../report/table.ts";
import type { WindowResult } from "../report/window.ts";
import type { Work } from "./bench.ts";

const IN_FLIGHT = 16;
const TITLE = `POST of a message, ${IN_FLIGHT} in flight`;

export const posts: Work = {
  key: "post",
  title: TITLE,
  async run(bench) {
    using folder = bench.folder();
    await using server = await bench.server("parley", folder.path);
    const { port } = server;
    {
      await using load = bench.load("load/reconnects.ts", "parley");
      const begin: VisitOrder = { do: "begin", port, guests: IN_FLIGHT, rooms: 0 };
      await load.ask(begin);
    }
    await using load = bench.load("load/requests.ts", String(port));
    const windows: WindowResult[] = [];
    await bench.repeat(async () => {
      await bench.untilQuiet();
      const order: RequestOrder = {
        ...bench.order(server),
        do: "post",
        room: LOBBY,
        connections: IN_FLIGHT,
      };
      const result = await load.ask<WindowResult>(order);
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
      windows: [{ title: TITLE, side: "parley", windows }],
    };
  },
};
