/**
 * The load of the join storm, as a process of its own: `bun join-load.ts SIDE`. Old clients come into a lobby, each by its
 * name, and count all that is sent to them.
 */
import { processCpu } from "../report/cpu.ts";
import { runCommands } from "./commands.ts";
import type { Target } from "./crowd.ts";
import { Joiners } from "./joiners.ts";

type At = { readonly port: number; readonly pid: number; readonly clients: number };
export type JoinCommand =
  /** Some come, one says ten messages that every later one is shown, and they leave. */
  | ({ readonly do: "prepare" } & At)
  /** All come within so many ms, stay until nothing is sent any more, and leave. */
  | ({ readonly do: "storm"; readonly within: number } & At);

export type JoinResult = {
  readonly clients: number;
  /** From the first connect until the last one had seen that it is in. */
  readonly milliseconds: number;
  /** All that was sent to all of them until it was quiet again, and what of it was lists of people. */
  readonly frames: number;
  readonly bytes: number;
  readonly listFrames: number;
  readonly listBytes: number;
  /** CPU time of the server in us, all threads, until it was quiet again. */
  readonly serverCpu: number;
};

/** Milliseconds without a frame after which a lobby is quiet: notices are summed up for a second. */
const QUIET = 1_500;
/** Messages that a lobby shows to each newcomer. */
const HISTORY = 10;
/** A server that uses less than so many us in so many ms has done all that the departures asked of it. */
const RESTING = { cpu: 50_000, milliseconds: 500 };
/** How often it is looked at. */
const LOOKS = 120;

/** No name comes twice: a server may still be busy with the last storm's departures. */
let storms = 0;

function perform(command: JoinCommand): JoinResult {
  const lists = (process.argv[2] as Target) === "parley";
  const joiners = new Joiners(command.port, command.clients, `s${++storms}`, lists);
  const before = processCpu(command.pid);
  const milliseconds = joiners.come(command.do === "storm" ? command.within : 0);
  if (command.do === "prepare") joiners.say(HISTORY);
  joiners.untilQuiet(QUIET);
  const serverCpu = processCpu(command.pid) - before;
  const { frames, bytes, listFrames, listBytes } = joiners;
  joiners.leave();
  rest(command.pid);
  return { clients: command.clients, milliseconds, frames, bytes, listFrames, listBytes, serverCpu };
}

/** Until it rests: what one storm left behind does not belong to the next. */
function rest(pid: number): void {
  for (let look = 0; look < LOOKS; look++) {
    const before = processCpu(pid);
    Bun.sleepSync(RESTING.milliseconds);
    if (processCpu(pid) - before < RESTING.cpu) return;
  }
  throw new Error("The server does not come to rest after everybody has left.");
}

await runCommands<JoinCommand>(perform, () => Bun.sleepSync(10));
