// npm run attack: one hostile guest against a server with default settings, while an honest pair talks.

import { parseArgs } from "node:util";
import { attack, LIFTED } from "./attack.ts";
import { obstacleToProcessStats } from "./run/process-stats.ts";

const HELP = `Attacks a real server with its default settings from another address of this machine with requests of all kinds:
questions, resumes, pages, searches, lists, watches, typing signals, sign-ins and invitations, as fast as they can be sent,
from one connection and from ten, some of which never read. Meanwhile an honest pair of clients exchanges messages.

It is GREEN when the pair's 99th percentile stays under 20 times the one without an attack, /healthz under 2 s, the
process under 400 MB and back under 150 MB a minute later, no other client is refused, the attacker is answered no more
than the budgets allow, and twice the frames cost no more than about twice the processor.

Attacker, pair and server share the machine. So that only the server's work is judged, the attacker's process has the lowest
priority, and the percentile without an attack is taken, before and after, while that process sends the same load to a
listener of its own. An attack whose percentile is too high is repeated, and RED only if it is too high again. Other load
on the machine raises both figures: run it alone.

  --seconds N    how long each of the two attacks lasts [20]
  --seed N       repeats the choices of a run [random]
  --lift         lifts all limits: must be RED
  --help         this text`;

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "20" },
    seed: { type: "string", default: String(Math.floor(Math.random() * 1_000_000)) },
    lift: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

const obstacle = obstacleToProcessStats();
if (values.help) console.log(HELP);
else if (obstacle) throw new Error(`The attack cannot be judged here, because ${obstacle}.`);
else process.exitCode = (await run()) ? 0 : 1;

async function run(): Promise<boolean> {
  const { seed, lift } = values;
  const seconds = whole("seconds", values.seconds);
  const again = `npm run attack -- --seed ${seed} --seconds ${seconds}${lift ? " --lift" : ""}`;
  console.log(`seed ${seed}; to repeat its choices: ${again}`);
  const { lines, red } = await attack({
    seed: whole("seed", seed),
    ms: seconds * 1_000,
    settle: 60_000,
    ...(lift ? { env: LIFTED } : {}),
  });
  for (const line of lines) console.log(line);
  for (const line of red) console.log(`! ${line}`);
  console.log(red.length === 0 ? "GREEN: the honest pair was not affected." : `RED. Repeat: ${again}`);
  return red.length === 0;
}

function whole(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0 || (name === "seconds" && (value < 1 || value > 600)))
    throw new Error(
      `--${name} takes a whole number${name === "seconds" ? " from 1 to 600" : ""}, not ${text}.`,
    );
  return value;
}
