import { existsSync } from "node:fs";
import { pause, until } from "../../support/child-process.ts";
import { gatewayProcesses, storeProcess, workerProcesses } from "../../support/worker-processes.ts";
import type { World } from "../run/world.ts";
import type { Nemesis } from "./faults.ts";

/** Between two faults, and how long a worker stays stopped, in milliseconds. */
const BETWEEN = [100, 900] as const;
const STOPPED = [50, 2_000] as const;

/**
 * Faults of the processes of one server, as often as `cycles` says: kill -9 of a gateway or of the store process at a random
 * moment, a gateway that is stopped and continued, workers that are replaced, and the supervisor's own end.
 */
export function workerFaults(cycles: number): Nemesis {
  return async (world) => {
    const { random } = world;
    for (let cycle = 0; cycle < cycles; cycle++) {
      await pause(random.int(...BETWEEN));
      const luck = random.next();
      if (luck < 0.4) end(storeProcess(world.pid)?.pid);
      else if (luck < 0.7) end(random.pick(gatewayProcesses(world.pid))?.pid);
      else if (luck < 0.9) await stopForAWhile(world, random.int(...STOPPED));
      else if (luck < 0.95) process.kill(world.pid, "SIGUSR2");
      else await endSupervisor(world);
      if (random.chance(0.3)) await world.ask("wake");
    }
    await until(30_000, "every worker is there", () => workerProcesses(world.pid).length === 3 || undefined);
    await pause(500);
  };
}

/** A gateway is stopped and continued again and again: what it is sent meanwhile has to wait, or it gets a gap. */
export function stoppedGateways(times: number, ms: number): Nemesis {
  return async (world) => {
    for (let time = 0; time < times; time++) {
      await pause(300);
      await stopForAWhile(world, ms);
    }
    await pause(500);
  };
}

function end(pid: number | undefined): void {
  // Between two processes there is none.
  if (pid !== undefined) process.kill(pid, "SIGKILL");
}

async function stopForAWhile(world: World, ms: number): Promise<void> {
  const gateway = world.random.pick(gatewayProcesses(world.pid));
  if (!gateway) return;
  process.kill(gateway.pid, "SIGSTOP");
  await pause(ms);
  if (existsSync(`/proc/${gateway.pid}`)) process.kill(gateway.pid, "SIGCONT");
}

async function endSupervisor(world: World): Promise<void> {
  const pids = workerProcesses(world.pid).map(({ pid }) => pid);
  await world.killServer();
  await until(10_000, "its processes have ended", () =>
    pids.some((pid) => existsSync(`/proc/${pid}`)) ? undefined : true,
  );
  await world.startServer();
}
