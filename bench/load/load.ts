/**
 * The load of one work, as a process of its own: `bun load.ts '<job as JSON>'`. It says `{"ready": …}` on its output when
 * everybody is in the room; then each order is for one window, and its figures are the answer.
 */

import { residentKiB } from "../report/cpu.ts";
import { between, cpuUsed, quantile } from "../report/cpu-used.ts";
import type { Ready, WindowCommand, WindowResult } from "../report/window.ts";
import { BareWire } from "../targets/bare-wire.ts";
import { DialectWire } from "../targets/dialect-wire.ts";
import { ParleyWire } from "../targets/parley-wire.ts";
import { SocketIoWire } from "../targets/socketio-wire.ts";
import { WsWire } from "../targets/ws-wire.ts";
import { runCommands } from "./commands.ts";
import { Crowd, type Job, type LoadWire, type Target } from "./crowd.ts";

function measure(crowd: Crowd, command: WindowCommand): WindowResult {
  crowd.start();
  crowd.pumpFor(command.warm);
  crowd.roundTrips = [];
  const { deliveries, frames, received } = crowd;
  const before = cpuUsed(command);
  crowd.pumpFor(command.measure);
  const used = between(before, cpuUsed(command));
  const counted = {
    deliveries: crowd.deliveries - deliveries,
    frames: crowd.frames - frames,
    bytes: crowd.received - received,
  };
  const trips = crowd.roundTrips;
  crowd.roundTrips = [];
  crowd.stop();
  return {
    ...used,
    ...counted,
    messages: trips.length,
    p50: quantile(trips, 0.5),
    p99: quantile(trips, 0.99),
    serverKiB: residentKiB(command.pid),
  };
}

const WIRES: Readonly<Record<Target, () => LoadWire>> = {
  parley: () => new ParleyWire(),
  bare: () => new BareWire(),
  socketio: () => new SocketIoWire(),
  ws: () => new WsWire(),
  fastapi: () => new DialectWire("fastapi", "lobby"),
};

const job = JSON.parse(process.argv[2] ?? "") as Job;
const wire = job.dialect ? new DialectWire(job.wire, job.dialect) : WIRES[job.wire]();
const crowd = new Crowd(job, wire);
const began = performance.now();
crowd.connect();
wire.setUp(crowd);
const ready: Ready = { connections: crowd.members.length, milliseconds: performance.now() - began };
console.log(JSON.stringify(ready));
await runCommands<WindowCommand>(
  (command) => measure(crowd, command),
  () => crowd.pumpFor(20),
);
