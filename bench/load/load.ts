/**
 * The load of one work, as a process of its own: `bun load.ts '<job as JSON>'`. It says `{"ready": …}` on its output when
 * everybody is in the room; then each order is for one window, and its figures are the answer.
 */

import { residentKiB } from "../report/cpu.ts";
import { between, quantile, spent } from "../report/cpu-used.ts";
import type { Ready, WindowOrder, WindowResult } from "../report/window.ts";
import { BareWire } from "../targets/bare-wire.ts";
import { DialectWire } from "../targets/dialect-wire.ts";
import { ParleyWire } from "../targets/parley-wire.ts";
import { SocketIoWire } from "../targets/socketio-wire.ts";
import { WsWire } from "../targets/ws-wire.ts";
import { carryOut } from "./commands.ts";
import { Crowd, type Job, type Side, type Wire } from "./crowd.ts";

function measure(crowd: Crowd, order: WindowOrder): WindowResult {
  crowd.start();
  crowd.pumpFor(order.warm);
  crowd.roundTrips = [];
  const { deliveries, frames, received } = crowd;
  const before = spent(order);
  crowd.pumpFor(order.measure);
  const used = between(before, spent(order));
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
    serverKiB: residentKiB(order.pid),
  };
}

const WIRES: Readonly<Record<Side, () => Wire>> = {
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
await carryOut<WindowOrder>(
  (order) => measure(crowd, order),
  () => crowd.pumpFor(20),
);
