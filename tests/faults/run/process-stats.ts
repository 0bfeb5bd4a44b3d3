import { readdirSync, readFileSync } from "node:fs";
import { pause } from "../../support/child-process.ts";

/** What a process holds: megabytes of memory, descriptors. */
export type ProcessStats = { readonly memory: number; readonly descriptors: number };

/** Why the figures cannot be read on this system; null if they can. */
export function obstacleToProcessStats(): string | null {
  return process.platform === "linux" ? null : "only Linux has /proc";
}

export function processStatsOf(pid: number): ProcessStats {
  const pages = Number(readFileSync(`/proc/${pid}/statm`, "utf8").split(" ")[1]);
  return {
    memory: Math.round((pages * 4_096) / 1_048_576),
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
  };
}

/** The figures once they are at or below these, or after so many milliseconds whatever they are then. */
export async function settledProcessStats(
  pid: number,
  below: ProcessStats,
  ms: number,
): Promise<ProcessStats> {
  const end = performance.now() + ms;
  for (;;) {
    const now = processStatsOf(pid);
    const isDown = now.memory <= below.memory && now.descriptors <= below.descriptors;
    if (isDown || performance.now() > end) return now;
    await pause(200);
  }
}
