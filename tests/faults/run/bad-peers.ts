import { pause } from "../../support/child-process.ts";
import { Pair } from "../../support/healthy-pair.ts";
import { ILLS, type IllName } from "../nemesis/bad-peers.ts";
import { settledVitals, type Vitals, vitalsOf } from "./process-stats.ts";

/** How long the server has to give back what the sick held. Milliseconds. */
const SETTLE = 20_000;

/** Which ills come at once, each with how many peers. */
export type Ills = { readonly [name in IllName]?: number };

export type Sickness = {
  /** How each of them ended: by ill, close code or status or `closed`, and how often. */
  readonly ends: { readonly [name: string]: { readonly [end: string]: number } };
  /** The 99th of 100 messages between two healthy clients, in milliseconds, before and while others were sick (I12). */
  readonly p99: { readonly before: number; readonly during: number };
  /** What the server held before, at its worst, and when all was over (I11). */
  readonly vitals: { readonly before: Vitals; readonly worst: Vitals; readonly after: Vitals };
  readonly seconds: number;
};

export type Patient = { readonly port: number; readonly pid: number };

/**
 * What may stay behind: an allocator keeps pages for the next crowd, the pool of a runtime keeps descriptors. A leak of a
 * kilobyte for each of thousands of peers, or of any socket, is more.
 */
export const SLACK: Vitals = { memory: 128, descriptors: 8 };

/** Lets peers misbehave while two healthy clients talk, and measures what it does to them and to the server. */
export async function sicken(server: Patient, ills: Ills, calm = 1_000): Promise<Sickness> {
  const started = performance.now();
  const quiet = await Pair.start(server);
  await pause(calm);
  const { p99: usual } = await quiet.end();
  const before = vitalsOf(server.pid);
  const pair = await Pair.start(server);
  let worst = before;
  const look = setInterval(() => {
    const { memory, descriptors } = vitalsOf(server.pid);
    worst = { memory: Math.max(worst.memory, memory), descriptors: Math.max(worst.descriptors, descriptors) };
  }, 100);
  try {
    const names = Object.keys(ills) as IllName[];
    const ended = await Promise.all(
      names.map(async (name) => [name, await ILLS[name](server, ills[name] ?? 0)] as const),
    );
    const { p99 } = await pair.end();
    const below = {
      memory: before.memory + SLACK.memory,
      descriptors: before.descriptors + SLACK.descriptors,
    };
    const after = await settledVitals(server.pid, below, SETTLE);
    return {
      ends: Object.fromEntries(ended.map(([name, ends]) => [name, Object.fromEntries(ends)])),
      p99: { before: usual, during: p99 },
      vitals: { before, worst, after },
      seconds: Math.round((performance.now() - started) / 100) / 10,
    };
  } finally {
    clearInterval(look);
  }
}
