import { coreBusy, processCpu } from "./cpu.ts";
import type { WindowCommand, WindowResult } from "./window.ts";

/** What has been used up to a moment. */
export type CpuUsed = {
  readonly at: number;
  readonly server: number;
  readonly load: number;
  readonly busy: number;
};

/** To be called in the load's process. */
export function cpuUsed({ pid, cores }: Pick<WindowCommand, "pid" | "cores">): CpuUsed {
  const own = process.cpuUsage();
  return {
    at: performance.now(),
    server: processCpu(pid),
    load: own.user + own.system,
    busy: cores.reduce((sum, core) => sum + coreBusy(core), 0),
  };
}

/** What was used between two moments. */
export function between(
  before: CpuUsed,
  after: CpuUsed,
): Pick<WindowResult, "seconds" | "serverCpu" | "loadCpu" | "others"> {
  const serverCpu = after.server - before.server;
  const loadCpu = after.load - before.load;
  const others = Math.max(0, after.busy - before.busy - serverCpu - loadCpu);
  return { seconds: (after.at - before.at) / 1000, serverCpu, loadCpu, others };
}

/** The value that this part of the values does not exceed; 0 for none. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
}
