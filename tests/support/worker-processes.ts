import { readdirSync, readFileSync } from "node:fs";
import { ROLE, type Role } from "@parley/server/workers/role.ts";

/** A process that a supervisor started. */
export type WorkerProcess = { readonly pid: number; readonly role: Role };

/** The processes that run below a supervisor now, the store process first. Linux. */
export function workerProcesses(supervisor: number): readonly WorkerProcess[] {
  const found: WorkerProcess[] = [];
  for (const pid of readdirSync("/proc")) {
    if (!/^\d+$/.test(pid)) continue;
    try {
      // The process id of the parent is the second field behind the name, which may hold spaces.
      const [, parent] = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
      if (Number(parent) !== supervisor) continue;
      const role = readFileSync(`/proc/${pid}/environ`, "utf8")
        .split("\0")
        .find((entry) => entry.startsWith(`${ROLE}=`));
      if (role) found.push({ pid: Number(pid), role: JSON.parse(role.slice(ROLE.length + 1)) as Role });
    } catch {
      // It ended meanwhile.
    }
  }
  return found.sort(
    (one, other) => (other.role.name === "store" ? 1 : 0) - (one.role.name === "store" ? 1 : 0),
  );
}

export function storeProcess(supervisor: number): WorkerProcess | undefined {
  return workerProcesses(supervisor).find(({ role }) => role.kind === "store");
}

export function gatewayProcesses(supervisor: number): readonly WorkerProcess[] {
  return workerProcesses(supervisor).filter(({ role }) => role.kind === "gateway");
}
