// npm run faults -- --cycles 200 --seed 7 --clients 12: kills the server again and again while clients talk, then checks.

import { parseArgs } from "node:util";
import { CLIENT_BUGS, type ClientBugName, SERVER_BUGS, type ServerBugName } from "./bugs/list.ts";
import { report } from "./checker/check.ts";
import { faultRun } from "./fault-run.ts";
import { cables, calm, kills } from "./harms.ts";

const HELP = `Kills a real server again and again while recorded clients talk, heals, and checks the promise.

  --harm kill|cables|none  what is done [kill]
  --cycles N               how often the server is killed [20]
  --seconds N              how long cables are cut, or nothing happens [20]
  --seed N                 repeats the choices of a run [random]
  --clients N              how many clients, in two processes [12]
  --bug NAME               a planted bug that must turn the run red: ${[...Object.keys(CLIENT_BUGS), ...Object.keys(SERVER_BUGS)].join(", ")}
  --keep                   keeps the folder of a green run too`;

const { values } = parseArgs({
  options: {
    harm: { type: "string", default: "kill" },
    cycles: { type: "string", default: "20" },
    seconds: { type: "string", default: "20" },
    seed: { type: "string", default: String(Math.floor(Math.random() * 1_000_000)) },
    clients: { type: "string", default: "12" },
    bug: { type: "string" },
    keep: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

if (values.help) console.log(HELP);
else process.exitCode = (await run()) ? 0 : 1;

async function run(): Promise<boolean> {
  const { harm, cycles, seconds, seed, clients, bug, keep } = values;
  const again = [
    `npm run faults -- --harm ${harm} --seed ${seed} --clients ${clients}`,
    harm === "kill" ? `--cycles ${cycles}` : `--seconds ${seconds}`,
    ...(bug ? [`--bug ${bug}`] : []),
  ].join(" ");
  console.log(`seed ${seed}; to repeat its choices: ${again}`);
  const { violations, folder, counts, clean } = await faultRun({
    seed: whole("seed", seed),
    clients: whole("clients", clients),
    harm: harmOf(harm),
    proxied: harm === "cables",
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
}

function harmOf(name: string) {
  const ms = whole("seconds", values.seconds) * 1000;
  if (name === "kill") return kills(whole("cycles", values.cycles));
  if (name === "cables") return cables(ms);
  if (name === "none") return calm(ms);
  throw new Error(`There is no harm ${name}. ${HELP}`);
}

function bugOf(name: string): ClientBugName | ServerBugName {
  if (name in CLIENT_BUGS || name in SERVER_BUGS) return name as ClientBugName | ServerBugName;
  throw new Error(`There is no bug ${name}. ${HELP}`);
}

function whole(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0)
    throw new Error(`--${name} takes a whole number, not ${text}.`);
  return value;
}
