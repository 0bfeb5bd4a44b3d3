import { rmSync } from "node:fs";
import { join } from "node:path";
import { check } from "./checker/check.ts";
import type { History, Violation } from "./checker/history.ts";
import { pause } from "./children.ts";
import type { Report } from "./client-process.ts";
import { readHeads, readStore } from "./read-store.ts";
import { Recorder, readRecords } from "./recorder.ts";
import { World, type WorldOptions } from "./world.ts";

/** How long everybody has to be at head after healing (I10), with a little on top so that the checker says it, not we. */
const HEALED_WITHIN = 12_000;

export type RunOptions = WorldOptions & {
  /** What is done to the server and the cables while everybody talks. */
  readonly harm: (world: World) => Promise<void>;
  /** Puts a proxy between clients and server, whose cables can be cut. */
  readonly proxied?: boolean;
};

export type RunResult = {
  readonly violations: readonly Violation[];
  readonly history: History;
  readonly folder: string;
  /** Sends that were acknowledged, events in the store, sessions: what the run amounts to. */
  readonly counts: Counts;
  /** Removes what the run wrote. */
  clean(): void;
};

export type Counts = {
  readonly acks: number;
  readonly events: number;
  readonly sessions: number;
  /** Orderly stops that had to be forced. */
  readonly stuck: number;
  readonly seconds: number;
};

/** One run from the first start to the verdict. Whatever happens, no process outlives it. */
export async function faultRun(options: RunOptions): Promise<RunResult> {
  const { seed } = options;
  const world = new World(options);
  const started = performance.now();
  try {
    await world.startServer();
    if (options.proxied) await world.openProxy();
    world.startClients();
    await world.ask("act");
    await options.harm(world);
    const healed = await heal(world);
    // Who is not back shows nothing; the verdict is red already.
    if (healed) await world.ask("show", 60_000);
    await Promise.all(world.clients.map((process) => process.end()));
    if (healed) await world.stopServer();
    else await world.killServer();
    const history = { seed, entries: readRecords(world.records), store: readStore(world.dataDir) };
    const violations = check(history);
    const counts = { ...count(history), stuck: world.stuck, seconds: seconds(started) };
    const clean = () => rmSync(world.folder, { recursive: true, force: true });
    return { violations, history, folder: world.folder, counts, clean };
  } catch (error) {
    throw new Error(
      `seed ${seed}: ${error instanceof Error ? error.message : error}; its folder is ${world.folder}`,
      {
        cause: error,
      },
    );
  } finally {
    await world.end();
  }
}

/** The end of all harm: the clock of I10 starts when nobody asks for anything new. False if not all got to head. */
async function heal(world: World): Promise<boolean> {
  await world.ask("quiet");
  const recorder = new Recorder(join(world.folder, "run.jsonl"));
  recorder.all({ t: "healed" });
  recorder.close();
  // The network is back: browsers say so to their pages.
  await world.ask("wake");
  const end = performance.now() + HEALED_WITHIN;
  while (performance.now() < end) {
    const reports = (await world.ask("report")).flat();
    if (reports.every(({ isLive, pending }) => isLive && pending === 0) && atHead(world.dataDir, reports))
      return true;
    await pause(100);
  }
  return false;
}

function atHead(dataDir: string, reports: Report): boolean {
  const { heads, rooms } = readHeads(dataDir);
  return reports.every(({ user, feeds }) => {
    const own = [`user.${user}`, ...(rooms.get(user ?? "") ?? [])];
    return own.every((feed) => (feeds[feed] ?? -1) >= (heads.get(feed) ?? 0));
  });
}

function count({ entries, store }: History): Pick<Counts, "acks" | "events" | "sessions"> {
  const acks = new Set<string>();
  let sessions = 0;
  for (const entry of entries) {
    if (entry.t === "answered" && "ack" in entry) acks.add(`${entry.client} ${entry.nonce}`);
    if (entry.t === "welcomed") sessions++;
  }
  return { acks: acks.size, events: store.events.length, sessions };
}

function seconds(since: number): number {
  return Math.round((performance.now() - since) / 100) / 10;
}
