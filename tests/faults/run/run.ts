// npm run faults -- --cycles 200 --seed 7 --clients 12: kills the server again and again while clients act, then checks.

import { parseArgs } from "node:util";
import { report } from "../../support/checker/check.ts";
import { SmallDisk } from "../../support/small-disk.ts";
import { crowd } from "../clients/crowd.ts";
import {
  CLIENT_MUTANTS,
  type ClientMutantName,
  SERVER_MUTANTS,
  type ServerMutantName,
} from "../mutants/registry.ts";
import { cables, fullDisk, kills, noFault, restarts, storms } from "../nemesis/faults.ts";
import { NODE_FAULTS, nodeFaults } from "../nemesis/nodes.ts";
import { workerFaults } from "../nemesis/workers.ts";
import { badPeersRun } from "./bad-peers-run.ts";
import { faultRun, type RunOptions } from "./fault-run.ts";

const MUTANTS = [...Object.keys(CLIENT_MUTANTS), ...Object.keys(SERVER_MUTANTS)].join(", ");
const HELP = `Injects faults into a real server while recorded clients talk, heals, and checks the promise.

  --fault NAME    what is done [kill]
     kill        kill -9 and a new start, --cycles times
     restart     SIGTERM and a new start, --cycles times
     cables      connections are cut, stalled and left half open, for --seconds
     disk        a disk of 64 MB fills up and is cleared, --cycles times (needs root)
     clock       the server's clock jumps an hour ahead and back, for --seconds
     storm       a crowd of --clients loses its server at once, --cycles times
     workers     a server of two workers: kill -9 of a gateway, of the store process and of the supervisor,
                 stopped gateways, workers that are replaced, --cycles times
     nodes       --nodes servers over one PostgreSQL and one Redis: kill -9 of a node, stopped nodes, Redis killed,
                 stopped and cut off, connections to PostgreSQL cut, PostgreSQL restarted at once, --cycles times
     bad-peers   silent, slow, non-reading, half-open and garbling peers, --clients of each kind:
                 what the healthy notice (I12) and what the server gives back (I11)
     none        nothing happens, for --seconds
  --cycles N     [20; disk 3; storm 1]
  --nodes N      [3]
  --only NAMES   of nodes: some of ${NODE_FAULTS.join(", ")} [all]
  --seconds N    [20]
  --seed N       repeats the choices of a run [random]
  --clients N    how many clients, in two processes [12; storm and bad-peers 5000]
  --bug NAME     an injected bug that must turn the run red: ${MUTANTS}
                 (jumping-clock, lossy-bus and echo-twice are no bugs but a bad clock and a bad bus: the run must stay green)
  --keep         keeps the folder of a green run too`;

const { values } = parseArgs({
  options: {
    fault: { type: "string", default: "kill" },
    cycles: { type: "string" },
    nodes: { type: "string", default: "3" },
    only: { type: "string", default: NODE_FAULTS.join(",") },
    seconds: { type: "string", default: "20" },
    seed: { type: "string", default: String(Math.floor(Math.random() * 1_000_000)) },
    clients: { type: "string" },
    bug: { type: "string" },
    keep: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

type Plan = Omit<RunOptions, "seed"> & { readonly disk?: SmallDisk };

if (values.help) console.log(HELP);
else if (values.fault === "bad-peers") process.exitCode = (await badPeersRun(clientsOf(5_000))) ? 0 : 1;
else process.exitCode = (await run()) ? 0 : 1;

async function run(): Promise<boolean> {
  const { fault, seed, bug, keep } = values;
  const { disk, ...plan } = planOf(fault);
  const again = [
    `npm run faults -- --fault ${fault} --seed ${seed} --clients ${plan.clients}`,
    ...(values.cycles ? [`--cycles ${values.cycles}`] : []),
    ...(fault === "nodes" ? [`--nodes ${values.nodes} --only "${values.only}"`] : []),
    ...(values.seconds === "20" ? [] : [`--seconds ${values.seconds}`]),
    ...(bug ? [`--bug ${bug}`] : []),
  ].join(" ");
  console.log(`seed ${seed}; to repeat its choices: ${again}`);
  try {
    const { violations, folder, counts, clean } = await faultRun({
      ...plan,
      seed: whole("seed", seed),
      ...(bug ? { bug: bugOf(bug) } : {}),
    });
    const { acks, events, sessions } = counts;
    console.log(`${acks} acks, ${events} events, ${sessions} sessions, ${counts.seconds} s`);
    if (violations.length > 0) {
      console.log(`${report(violations)}\nRED. Records, log and data are in ${folder}\nRepeat: ${again}`);
      return false;
    }
    if (keep) console.log(`Records, log and data are in ${folder}`);
    else clean();
    console.log("GREEN: the promise was kept.");
    return true;
  } finally {
    disk?.unmount();
  }
}

function planOf(name: string): Plan {
  const ms = whole("seconds", values.seconds) * 1_000;
  const cycles = (usual: number) => (values.cycles ? whole("cycles", values.cycles) : usual);
  const clients = clientsOf(12);
  switch (name) {
    case "kill":
      return { clients, nemesis: kills(cycles(20)) };
    case "restart":
      return { clients, nemesis: restarts(cycles(20)) };
    case "cables":
      return { clients, nemesis: cables(ms), proxied: true };
    case "disk": {
      const disk = SmallDisk.mount(64);
      return {
        clients,
        nemesis: fullDisk(disk, cycles(3)),
        dataDir: disk.path,
        weights: { burst: 20 },
        disk,
      };
    }
    case "clock":
      return { clients, nemesis: noFault(ms), bug: "jumping-clock" };
    case "storm":
      return { ...crowd(clientsOf(5_000)), nemesis: storms(cycles(1)) };
    case "workers":
      return { clients, workers: 2, nemesis: workerFaults(cycles(20)) };
    case "nodes": {
      const nodes = whole("nodes", values.nodes);
      const only = values.only.split(",").map((one) => one.trim());
      const unknown = only.find((one) => !NODE_FAULTS.includes(one));
      if (unknown !== undefined) throw new Error(`There is no fault of nodes ${unknown}. ${HELP}`);
      return { clients, nodes, nemesis: nodeFaults(cycles(20), only), healWithin: 20_000 };
    }
    case "none":
      return { clients, nemesis: noFault(ms) };
    default:
      throw new Error(`There is no fault ${name}. ${HELP}`);
  }
}

function clientsOf(usual: number): number {
  return values.clients ? whole("clients", values.clients) : usual;
}

function bugOf(name: string): ClientMutantName | ServerMutantName {
  if (name in CLIENT_MUTANTS || name in SERVER_MUTANTS) return name as ClientMutantName | ServerMutantName;
  throw new Error(`There is no bug ${name}. ${HELP}`);
}

function whole(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0)
    throw new Error(`--${name} takes a whole number, not ${text}.`);
  return value;
}
