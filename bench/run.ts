/**
 * `npm run bench`: Parley beside the bare pipeline, in the same run and in turns, so that both meet the same machine.
 * Server (all its threads) on core 0, load on core 1. See docs/operate/performance.md.
 */
import { availableParallelism } from "node:os";
import { setTimeout as wait } from "node:timers/promises";
import { parseArgs } from "node:util";
import { coreBusy, processCpu, residentKiB } from "./cpu.ts";
import type { Job } from "./crowd.ts";
import { type Core, Load, Server } from "./programs.ts";
import { doubts, type Measured, short, table } from "./table.ts";
import type { WindowResult } from "./window.ts";
import { WORKS, type Work } from "./works.ts";

const HELP = `npm run bench -- [flags]
  --works a,b,c,d     which works (default: all)
  --only parley|bare  one of the two alone
  --repeats 3         windows of each, in turns; the median counts
  --warm 2            seconds before a window counts
  --measure 5         seconds of a window
  --quiet 10          seconds to wait, at most, before each window until other programs are quiet
  --load              the load alone, against a server that only publishes: what it can take
  --data-dir FOLDER   where the servers' data lies; must be on a disk (default: the system's temporary folder)`;

const { values: flags } = parseArgs({
  options: {
    works: { type: "string", default: WORKS.map(({ key }) => key).join(",") },
    only: { type: "string" },
    repeats: { type: "string", default: "3" },
    warm: { type: "string", default: "2" },
    measure: { type: "string", default: "5" },
    quiet: { type: "string", default: "10" },
    load: { type: "boolean", default: false },
    "data-dir": { type: "string" },
    help: { type: "boolean", default: false },
  },
});

const SERVER_CORE = 0;
const LOAD_CORE = 1;
const mayPin = Bun.which("taskset") !== null && availableParallelism() > 1;
const core = (wanted: number): Core => (mayPin ? wanted : null);

const CORES = [SERVER_CORE, LOAD_CORE];
/** Part of the two cores that counts as quiet; servers and loads that wait use a little. */
const QUIET = 0.1;

/** Waits until the two cores have little to do, at most as long as the flag says. */
async function untilQuiet(): Promise<void> {
  const until = performance.now() + Number(flags.quiet) * 1000;
  while (performance.now() < until) {
    const [busy, at] = [coresBusy(), performance.now()];
    await wait(500);
    if (coresBusy() - busy < QUIET * CORES.length * (performance.now() - at) * 1000) return;
  }
}

function coresBusy(): number {
  return CORES.reduce((sum, each) => sum + coreBusy(each), 0);
}

/** One server with its crowd. */
class Side {
  readonly windows: WindowResult[] = [];
  readonly #server: Server;
  readonly #load: Load;

  private constructor(server: Server, load: Load) {
    this.#server = server;
    this.#load = load;
  }

  static async start(kind: Job["wire"], work: Work): Promise<Side> {
    const server = await Server.start(kind, core(SERVER_CORE), flags["data-dir"]);
    const before = { cpu: processCpu(server.pid), memory: residentKiB(server.pid) };
    const load = await Load.start({ wire: kind, port: server.port, ...work.job }, core(LOAD_CORE));
    const { connections, milliseconds } = load.ready;
    const cpu = (processCpu(server.pid) - before.cpu) / connections;
    const memory = (residentKiB(server.pid) - before.memory) / connections;
    console.error(
      `  ${kind.padEnd(6)} ${connections} connections stand after ${(milliseconds / 1000).toFixed(1)} s: ` +
        `${short(cpu)} us CPU and ${short(memory)} KiB each, with signing in and joining`,
    );
    return new Side(server, load);
  }

  async measure(kind: Job["wire"], work: Work): Promise<void> {
    await untilQuiet();
    const result = await this.#load.window({
      pid: this.#server.pid,
      cores: CORES,
      warm: Number(flags.warm) * 1000,
      measure: Number(flags.measure) * 1000,
    });
    this.windows.push(result);
    console.error(`  ${kind.padEnd(6)} ${short(work.figure(result))} ${work.unit}`);
  }

  async stop(): Promise<void> {
    await this.#load.stop();
    await this.#server.stop();
  }
}

async function measure(work: Work): Promise<Measured> {
  console.error(`${work.key}) ${work.title}`);
  const kinds = (["parley", "bare"] as const).filter((kind) => !flags.only || flags.only === kind);
  const sides = new Map<Job["wire"], Side>();
  try {
    for (const kind of kinds) sides.set(kind, await Side.start(kind, work));
    for (let i = 0; i < Number(flags.repeats); i++) {
      for (const [kind, side] of sides) await side.measure(kind, work);
    }
  } finally {
    for (const side of sides.values()) await side.stop();
  }
  return { work, parley: sides.get("parley")?.windows ?? [], bare: sides.get("bare")?.windows ?? [] };
}

/** What one core of load can take, at several sizes of frame. */
async function measureLoad(): Promise<void> {
  const [members, warm, measured] = [1000, 1000, 3000];
  for (const perFrame of [1, 20, 50, 200]) {
    const seconds = (warm + measured) / 1000 + 1;
    const server = await Server.start({ perFrame, members, seconds }, core(SERVER_CORE));
    const job = { wire: "bare", port: server.port, rooms: 1, members, senders: 0, inFlight: 0 } as const;
    const load = await Load.start(job, core(LOAD_CORE));
    const result = await load.window({ pid: server.pid, cores: CORES, warm, measure: measured });
    await load.stop();
    await server.stop();
    const share = result.loadCpu / 1e6 / result.seconds;
    console.log(
      `${perFrame} events a frame: ${short(result.deliveries / result.seconds)} deliveries/s at ${(share * 100).toFixed(0)} % ` +
        `of the load core, so ${short(result.deliveries / result.seconds / share)} a core; ` +
        `${(result.loadCpu / result.frames).toFixed(2)} us a frame`,
    );
  }
}

async function main(): Promise<void> {
  if (flags.help) return console.log(HELP);
  if (!mayPin) {
    console.error("ATTENTION: taskset (Debian: util-linux) or a second core is missing. Server and load run");
    console.error("on whatever core they get: these figures compare with no others.");
  }
  if (flags.load) return measureLoad();
  const works = WORKS.filter(({ key }) => flags.works.split(",").includes(key));
  const all: Measured[] = [];
  for (const work of works) all.push(await measure(work));
  console.log(table(all));
  for (const doubt of doubts(all)) console.log(doubt);
}

await main();
process.exit(0);
