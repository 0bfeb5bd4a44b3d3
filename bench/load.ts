/**
 * The load of one work, as a process of its own: `bun load.ts '<job as JSON>'`. It says `{"ready": …}` on its output when
 * everybody is in the room; then each line of its input is the order for one window, and its figures are the answer.
 */
import { BareWire } from "./bare-wire.ts";
import { coreBusy, processCpu, residentKiB } from "./cpu.ts";
import { Crowd, type Job } from "./crowd.ts";
import { ParleyWire } from "./parley-wire.ts";
import type { Ready, WindowOrder, WindowResult } from "./window.ts";

function measure(crowd: Crowd, order: WindowOrder): WindowResult {
  crowd.start();
  crowd.pumpFor(order.warm);
  crowd.roundTrips = [];
  const before = snapshot(crowd, order);
  crowd.pumpFor(order.measure);
  const after = snapshot(crowd, order);
  const trips = Float64Array.from(crowd.roundTrips).sort();
  crowd.stop();
  const serverCpu = after.server - before.server;
  const loadCpu = after.load - before.load;
  return {
    seconds: (after.at - before.at) / 1000,
    messages: trips.length,
    deliveries: after.deliveries - before.deliveries,
    frames: after.frames - before.frames,
    bytes: after.bytes - before.bytes,
    p50: trips[Math.floor(trips.length * 0.5)] ?? 0,
    p99: trips[Math.floor(trips.length * 0.99)] ?? 0,
    serverCpu,
    loadCpu,
    others: Math.max(0, after.busy - before.busy - serverCpu - loadCpu),
    serverKiB: residentKiB(order.pid),
  };
}

function snapshot({ deliveries, frames, received: bytes }: Crowd, { pid, cores }: WindowOrder) {
  const own = process.cpuUsage();
  return {
    at: performance.now(),
    deliveries,
    frames,
    bytes,
    server: processCpu(pid),
    load: own.user + own.system,
    busy: cores.reduce((sum, core) => sum + coreBusy(core), 0),
  };
}

const job = JSON.parse(process.argv[2] ?? "") as Job;
const wire = job.wire === "bare" ? new BareWire() : new ParleyWire();
const crowd = new Crowd(job, wire);
const began = performance.now();
crowd.connect();
wire.setUp(crowd);
const ready: Ready = { connections: crowd.members.length, milliseconds: performance.now() - began };
console.log(JSON.stringify(ready));

const orders: string[] = [];
let text = "";
process.stdin.on("data", (chunk) => {
  const lines = (text + chunk).split("\n");
  text = lines.pop() ?? "";
  orders.push(...lines);
});
process.stdin.on("end", () => process.exit(0));
for (;;) {
  const order = orders.shift();
  if (order) console.log(JSON.stringify(measure(crowd, JSON.parse(order) as WindowOrder)));
  // Between windows the connections are kept alive.
  else crowd.pumpFor(20);
  await new Promise((resolve) => setImmediate(resolve));
}
