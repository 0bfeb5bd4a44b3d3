import { readFileSync } from "node:fs";

/** Clock ticks a second in /proc: fixed at 100 in the kernel's interface to programs. */
const TICK_US = 10_000;

/** CPU time in us that a process has used on all its threads: utime + stime, fields 14 and 15 of /proc/PID/stat. */
export function processCpu(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * TICK_US;
}

/** CPU time in us that a core has spent on anything but idling, by everybody. */
export function coreBusy(core: number): number {
  const line = readFileSync("/proc/stat", "latin1")
    .split("\n")
    .find((text) => text.startsWith(`cpu${core} `));
  if (!line) throw new Error(`There is no core ${core}.`);
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = line
    .split(/\s+/)
    .slice(1)
    .map(Number);
  return (user + nice + system + irq + softirq + steal) * TICK_US;
}

/** Resident memory of a process in KiB. */
export function residentKiB(pid: number): number {
  return statusKiB(pid, "VmRSS");
}

/** The most that was ever resident of a process, in KiB. */
export function peakKiB(pid: number): number {
  return statusKiB(pid, "VmHWM");
}

function statusKiB(pid: number, field: string): number {
  const status = readFileSync(`/proc/${pid}/status`, "latin1");
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(status)?.[1] ?? 0);
}

/** How many files a process may open if it asks for all that it can have; both runtimes do so when they start. */
export function openFilesAllowed(): number {
  const limits = readFileSync("/proc/self/limits", "latin1");
  const hard = /^Max open files\s+\S+\s+(\S+)/m.exec(limits)?.[1];
  return hard === "unlimited" ? Number.POSITIVE_INFINITY : Number(hard);
}
