import { pause } from "../../support/child-process.ts";
import { HealthyPair } from "../../support/healthy-pair.ts";
import { BAD_PEERS, type BadPeerKind } from "../nemesis/bad-peers.ts";
import { type ProcessStats, processStatsOf, settledProcessStats } from "./process-stats.ts";

/** How long the server has to release what the bad peers held. Milliseconds. */
const SETTLE = 20_000;

/** Which kinds of bad peers connect, and how many of each. */
export type BadPeerCounts = { readonly [name in BadPeerKind]?: number };

export type BadPeersReport = {
  /** How each of them ended: by kind, close code or status or `closed`, and how often. */
  readonly ends: { readonly [name: string]: { readonly [end: string]: number } };
  /** The 99th of 100 messages between two healthy clients, in milliseconds, before and while others misbehaved (I12). */
  readonly p99: { readonly before: number; readonly during: number };
  /** What the server held before, at its worst, and afterwards (I11). */
  readonly stats: {
    readonly before: ProcessStats;
    readonly worst: ProcessStats;
    readonly after: ProcessStats;
  };
  readonly seconds: number;
};

export type ServerUnderTest = { readonly port: number; readonly pid: number };

/**
 * What may remain: an allocator keeps pages for the next peers, the pool of a runtime keeps descriptors. A leak of a
 * kilobyte for each of thousands of peers, or of any socket, is more.
 */
export const SLACK: ProcessStats = { memory: 128, descriptors: 8 };

/** Lets peers misbehave while two healthy clients exchange messages, and measures the effect on them and on the server. */
export async function runBadPeers(
  server: ServerUnderTest,
  counts: BadPeerCounts,
  quietTime = 1_000,
): Promise<BadPeersReport> {
  const started = performance.now();
  const quiet = await HealthyPair.start(server);
  await pause(quietTime);
  const { p99: usual } = await quiet.end();
  const before = processStatsOf(server.pid);
  const pair = await HealthyPair.start(server);
  let worst = before;
  const look = setInterval(() => {
    const { memory, descriptors } = processStatsOf(server.pid);
    worst = { memory: Math.max(worst.memory, memory), descriptors: Math.max(worst.descriptors, descriptors) };
  }, 100);
  try {
    const names = Object.keys(counts) as BadPeerKind[];
    const ended = await Promise.all(
      names.map(async (name) => [name, await BAD_PEERS[name](server, counts[name] ?? 0)] as const),
    );
    const { p99 } = await pair.end();
    const below = {
      memory: before.memory + SLACK.memory,
      descriptors: before.descriptors + SLACK.descriptors,
    };
    const after = await settledProcessStats(server.pid, below, SETTLE);
    return {
      ends: Object.fromEntries(ended.map(([name, ends]) => [name, Object.fromEntries(ends)])),
      p99: { before: usual, during: p99 },
      stats: { before, worst, after },
      seconds: Math.round((performance.now() - started) / 100) / 10,
    };
  } finally {
    clearInterval(look);
  }
}
