// bun bench/micro/workers.bench.ts [members] [rooms]: CPU of a server with --workers 2 beside one process, in turns.

import { readdirSync, readFileSync } from "node:fs";
import { dataFolder, Load, removeFolder, Server } from "../targets/programs.ts";

const MEMBERS = Number(process.argv[2] ?? 200);
const ROOMS = Number(process.argv[3] ?? 10);
const WARM = 1_500;
const MEASURE = 5_000;
const TURNS = Number(process.argv[4] ?? 3);
/** Milliseconds of CPU in one tick of /proc (USER_HZ is 100 on every architecture of Linux that Bun runs on). */
const TICK_MS = 10;

type Sample = { readonly busiest: number; readonly all: number; readonly perSecond: number };

/** The server's process and all below it. */
function processesOf(pid: number): number[] {
  const below = readdirSync("/proc").filter((name) => {
    if (!/^\d+$/.test(name)) return false;
    try {
      return Number(readFileSync(`/proc/${name}/stat`, "utf8").split(") ")[1]?.split(" ")[1]) === pid;
    } catch {
      return false;
    }
  });
  return [pid, ...below.map(Number)];
}

/** CPU time of a process so far, all its threads together. Milliseconds. */
function cpuOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

async function measure(workers: number): Promise<Sample> {
  const folder = dataFolder();
  process.env.WORKERS = String(workers);
  try {
    await using server = await Server.start("parley", null, folder);
    const job = {
      wire: "parley",
      port: server.port,
      rooms: ROOMS,
      members: MEMBERS,
      senders: 2,
      inFlight: 2,
    } as const;
    await using load = await Load.start(job, null);
    const window = { pid: server.pid, cores: [0, 1] } as const;
    await load.window({ ...window, warm: WARM, measure: 100 });
    const pids = processesOf(server.pid);
    const before = pids.map(cpuOf);
    const result = await load.window({ ...window, warm: 0, measure: MEASURE });
    const used = pids.map((pid, at) => cpuOf(pid) - (before[at] ?? 0));
    const messages = result.deliveries / MEMBERS;
    return {
      busiest: (Math.max(...used) * 1_000) / messages,
      all: (used.reduce((sum, each) => sum + each, 0) * 1_000) / messages,
      perSecond: messages / result.seconds,
    };
  } finally {
    removeFolder(folder);
  }
}

const median = (values: readonly number[]) =>
  [...values].sort((one, other) => one - other)[values.length >> 1] as number;

const samples: { readonly [workers: number]: Sample[] } = { 1: [], 2: [] };
for (let turn = 0; turn < TURNS; turn++)
  for (const workers of [1, 2]) samples[workers]?.push(await measure(workers));
const of = (workers: number, field: keyof Sample) =>
  median((samples[workers] ?? []).map((each) => each[field]));
for (const workers of [1, 2])
  console.log(
    `${workers} workers, ${ROOMS} rooms of ${MEMBERS}: ${of(workers, "perSecond").toFixed(0)} messages/s, ` +
      `busiest process ${of(workers, "busiest").toFixed(0)} us a message, all ${of(workers, "all").toFixed(0)} us`,
  );
console.log(
  `busiest to one process: ${(of(2, "busiest") / of(1, "all")).toFixed(2)}; all to one process: ${(of(2, "all") / of(1, "all")).toFixed(2)}`,
);
