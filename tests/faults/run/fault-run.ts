import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { check } from "../../support/checker/check.ts";
import { type History, type Violation, violation } from "../../support/checker/history.ts";
import { pause } from "../../support/child-process.ts";
import { Recorder, readRecords } from "../../support/recording/recorder.ts";
import type { Heads } from "../../support/recording/store-tables.ts";
import type { Report } from "../clients/client-process.ts";
import { readPages } from "./read-pages.ts";
import { World, type WorldOptions } from "./world.ts";

/** How long clients have to be at head after healing (I10), and a little more, so that the checker reports it. Milliseconds. */
const HEALED_WITHIN = 12_000;

/** The server holds back read positions for 2 s: only heads that stay for longer are the last ones. Milliseconds. */
const THROTTLED = 2_500;

export type RunOptions = WorldOptions & {
  /** What is injected into server and cables while the clients act. */
  readonly nemesis: (world: World) => Promise<void>;
  /** Puts a proxy between clients and server, whose cables can be cut. */
  readonly proxied?: boolean;
  /** What happens before the clients start. */
  readonly prepare?: (world: World) => Promise<void>;
  /** How long to wait until all clients are at head, if not as long as I10 allows. Milliseconds. */
  readonly healWithin?: number;
};

export type RunResult = {
  readonly violations: readonly Violation[];
  readonly history: History;
  readonly folder: string;
  /** Sends that were acknowledged, events in the store, sessions. */
  readonly counts: Counts;
  /** The output of the server. */
  readonly log: string;
  /** Removes the folder of the run. */
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
    await options.prepare?.(world);
    world.startClients();
    await world.ask("act");
    await options.nemesis(world);
    const unhealed = await heal(world, options.healWithin ?? HEALED_WITHIN);
    const healed = unhealed === null;
    // A client that is not back shows nothing; the verdict is red already.
    if (healed) {
      await world.ask("show", 60_000);
      await readPages(world);
    }
    await Promise.all(world.clients.map((process) => process.end()));
    if (healed) await world.stopServer();
    else await world.killServer();
    const history = { seed, entries: readRecords(world.records), store: await world.readStore() };
    // A throwaway PostgreSQL goes with the run.
    if (options.nodes !== undefined)
      writeFileSync(join(world.folder, "store.json"), JSON.stringify(history.store));
    const late = unhealed === null ? [] : [violation(history, "I10", unhealed)];
    const violations = [...late, ...check(history)];
    const counts = { ...count(history), stuck: world.stuck, seconds: seconds(started) };
    const clean = () => rmSync(world.folder, { recursive: true, force: true });
    const log = readText(join(world.folder, "server.log"));
    return { violations, history, folder: world.folder, counts, log, clean };
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

/** The end of the nemesis: the time of I10 starts when no client sends anything new. Returns which did not get to head, or null. */
async function heal(world: World, within: number): Promise<string | null> {
  await world.ask("quiet");
  const recorder = new Recorder(join(world.folder, "run.jsonl"));
  recorder.all({ t: "healed" });
  recorder.close();
  // The network is back: browsers notify their pages.
  await world.ask("wake");
  const end = performance.now() + within;
  let heads = "";
  let since = performance.now();
  for (;;) {
    const reports = (await world.ask("report")).flat();
    const busy = reports.filter(({ isLive, pending }) => !isLive || pending > 0);
    const stored = await world.readHeads();
    const now = JSON.stringify([...stored.heads].sort());
    if (now !== heads) since = performance.now();
    heads = now;
    const settled = performance.now() - since > THROTTLED;
    if (settled && busy.length === 0 && behind(stored, reports) === null) return null;
    if (performance.now() > end) {
      const who = busy.map(({ name, isLive, connection, pending, reads }) =>
        isLive
          ? `${name} waits for ${pending} answers, ${reads} of them of read positions`
          : `${name} is not live: ${JSON.stringify(connection)}`,
      );
      return `after ${within} ms ${who.join(", ") || behind(stored, reports)}`;
    }
    await pause(100);
  }
}

/** The first client that is not at the head of one of its feeds, with the feed; null if all are. */
function behind({ heads, rooms }: Heads, reports: Report): string | null {
  for (const { name, user, feeds } of reports) {
    for (const feed of [`user.${user}`, ...(rooms.get(user ?? "") ?? [])]) {
      const head = heads.get(feed) ?? 0;
      if ((feeds[feed] ?? -1) < head)
        return `${name} is at ${feeds[feed] ?? "nothing"} in ${feed}, which ends at ${head}`;
    }
  }
  return null;
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

function readText(path: string): string {
  return existsSync(path) ? readFileSync(path, "utf8") : "";
}

function seconds(since: number): number {
  return Math.round((performance.now() - since) / 100) / 10;
}
