/** The load of the works over HTTP, as a process of its own: `bun requests.ts PORT`. Each order is answered when it is done. */
import { residentKiB } from "../report/cpu.ts";
import { between, cpuUsed, quantile } from "../report/cpu-used.ts";
import type { WindowCommand, WindowResult } from "../report/window.ts";
import { runCommands } from "./commands.ts";
import { tokenOf } from "./guests.ts";
import { type HttpConnection, HttpConnections } from "./http.ts";
import { makeTexts } from "./texts.ts";

export type RequestCommand =
  /** So many connections, each of a guest of its own, post one message after the other into the room. */
  | (WindowCommand & { readonly do: "post"; readonly room: string; readonly connections: number })
  /** One connection of guest 0 gets these, one after the other. */
  | { readonly do: "get"; readonly paths: readonly string[] };

/** Milliseconds of each request, in their order, and the bytes of all bodies. */
export type Got = { readonly times: readonly number[]; readonly bytes: number };

const lines = new HttpConnections(Number(process.argv[2]));
const texts = makeTexts(4096, 60);
let nextText = 0;

/** Each message has a key of its own, as from a client that means to repeat what gets no answer. */
function postInto(room: string, line: HttpConnection): void {
  lines.ask(line, {
    method: "POST",
    path: `/api/v1/rooms/${room}/messages`,
    fields: [`Idempotency-Key: ${Bun.randomUUIDv7()}`],
    body: `{"text":"${texts[nextText++ & 4095]!}"}`,
  });
}

function post(order: RequestCommand & { do: "post" }): WindowResult {
  let times: number[] = [];
  let going = true;
  let waiting = order.connections;
  lines.answered = (line, status, body) => {
    if (status !== 201) throw new Error(`A post was answered by ${status}: ${body.toString("utf8")}`);
    times.push(performance.now() - line.sentAt);
    if (going) postInto(order.room, line);
    else waiting--;
  };
  for (let guest = 0; guest < order.connections; guest++) postInto(order.room, lines.open(tokenOf(guest)));
  lines.pumpFor(order.warm);
  times = [];
  const received = lines.received;
  const before = cpuUsed(order);
  lines.pumpFor(order.measure);
  const used = between(before, cpuUsed(order));
  const trips = times;
  const bytes = lines.received - received;
  times = [];
  going = false;
  lines.pump(() => waiting === 0);
  lines.closeAll();
  return {
    ...used,
    bytes,
    messages: trips.length,
    deliveries: 0,
    frames: 0,
    p50: quantile(trips, 0.5),
    p99: quantile(trips, 0.99),
    serverKiB: residentKiB(order.pid),
  };
}

function get({ paths }: RequestCommand & { do: "get" }): Got {
  const times: number[] = [];
  let bytes = 0;
  lines.answered = ({ sentAt }, status, body) => {
    if (status !== 200) throw new Error(`${paths[times.length]}: ${status} ${body.toString("utf8")}`);
    times.push(performance.now() - sentAt);
    bytes += body.length;
  };
  const line = lines.open(tokenOf(0));
  for (const path of paths) {
    const done = times.length + 1;
    lines.ask(line, { method: "GET", path });
    lines.pump(() => times.length === done);
  }
  lines.closeAll();
  return { times, bytes };
}

await runCommands<RequestCommand>(
  (command) => (command.do === "post" ? post(command) : get(command)),
  () => lines.pumpFor(10),
);
