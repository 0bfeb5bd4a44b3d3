import { readdirSync, readFileSync } from "node:fs";
import { pause } from "../../support/child-process.ts";

/** What a process holds: megabytes of memory, descriptors. */
export type Vitals = { readonly memory: number; readonly descriptors: number };

/** Why nothing of that can be read here; null if it can. */
export function obstacleToVitals(): string | null {
  return process.platform === "linux" ? null : "only Linux has /proc";
}

export function vitalsOf(pid: number): Vitals {
  const pages = Number(readFileSync(`/proc/${pid}/statm`, "utf8").split(" ")[1]);
  return {
    memory: Math.round((pages * 4_096) / 1_048_576),
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
  };
}

/** The vitals once they are at or below these, or after so many milliseconds whatever they are then. */
export async function settledVitals(pid: number, below: Vitals, ms: number): Promise<Vitals> {
  const end = performance.now() + ms;
  for (;;) {
    const now = vitalsOf(pid);
    const isDown = now.memory <= below.memory && now.descriptors <= below.descriptors;
    if (isDown || performance.now() > end) return now;
    await pause(200);
  }
}
