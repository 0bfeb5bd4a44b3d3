/**
 * `npm run bench`: Parley beside the bare pipeline, Socket.IO, `ws` and FastAPI, in the same run and in turns, so that all meet the
 * same machine. See docs/operate/performance.md.
 */
import { writeFileSync } from "node:fs";
import { availableParallelism, cpus, totalmem } from "node:os";
import { parseArgs } from "node:util";
import type { Target } from "./load/crowd.ts";
import { measureLoad } from "./micro/load-alone.ts";
import { costs, doubts, NAMES, type ResultRow, ratioOf, table, type Windows } from "./report/table.ts";
import { SCENARIOS } from "./scenarios/all.ts";
import { Bench } from "./scenarios/bench.ts";
import { cleanUp } from "./targets/programs.ts";

const HELP = `npm run bench -- [flags]
  --only a,b          which works (default: all):
                      ${SCENARIOS.map(({ key }) => key).join(", ")}
  --targets a,b         which servers (default: parley,bare,socketio,ws,fastapi)
  --quick             one short turn each, at a tenth of the size: to see that it works
  --repeats 3         turns of each; the median counts
  --warm 2            seconds before a window counts
  --measure 5         seconds of a window
  --quiet 10          seconds to wait, at most, before each window until other programs are quiet
  --scale 1           part of the members, connections and messages; the goals are for 1
  --minutes 25        no further work is begun after so many
  --json FILE         all figures, with what they were measured on
  --load              the load alone, against a server that only publishes: what it can take
  --data-dir FOLDER   where the servers' data lies; must be on a disk (default: the system's temporary folder)`;

const { values: flags } = parseArgs({
  options: {
    only: { type: "string", default: SCENARIOS.map(({ key }) => key).join(",") },
    targets: { type: "string", default: "parley,bare,socketio,ws,fastapi" },
    quick: { type: "boolean", default: false },
    repeats: { type: "string" },
    warm: { type: "string" },
    measure: { type: "string" },
    quiet: { type: "string" },
    scale: { type: "string" },
    minutes: { type: "string", default: "25" },
    json: { type: "string" },
    load: { type: "boolean", default: false },
    "data-dir": { type: "string" },
    help: { type: "boolean", default: false },
  },
});

const usual = flags.quick
  ? { repeats: 1, warm: 0.5, measure: 1, quiet: 0, scale: 0.1 }
  : { repeats: 3, warm: 2, measure: 5, quiet: 10, scale: 1 };
const number = (name: keyof typeof usual) => Number(flags[name] ?? usual[name]);

const settings = {
  repeats: number("repeats"),
  warm: number("warm") * 1000,
  measure: number("measure") * 1000,
  quiet: number("quiet") * 1000,
  scale: number("scale"),
  targets: flags.targets.split(",") as Target[],
  dataDir: flags["data-dir"],
};

function machine(): object {
  const node = Bun.spawnSync(["node", "--version"]).stdout.toString().trim();
  return {
    cores: availableParallelism(),
    processor: cpus()[0]?.model,
    gigabytes: Math.round(totalmem() / 2 ** 30),
    bun: Bun.version,
    node,
  };
}

/** What is printed and written in the end. */
class Report {
  readonly rows: ResultRow[] = [];
  readonly windows: Windows[] = [];
  /** What did not come to figures, in sentences. */
  readonly missing: string[] = [];

  print(): void {
    console.log(`${table(this.rows)}\n`);
    console.log(
      "Socket.IO, ws and FastAPI keep everything in memory: nothing is durable, nothing is searched, who was away",
    );
    console.log(
      "learns nothing. Parley and the bare pipeline answer when the message is on disk (fsync) and indexed.",
    );
    if (this.windows.length > 0) console.log(`\n${costs(this.windows)}\n`);
    if (settings.scale !== 1)
      console.log(`At ${settings.scale} of the size: whether a goal is reached says nothing.`);
    for (const line of [...doubts(this.windows), ...this.missing]) console.log(line);
  }

  write(file: string): void {
    const rows = this.rows.map((row) => ({
      ...row,
      goals: row.goals.map((goal) => ({ ...goal, value: ratioOf(row, goal) })),
    }));
    const { windows, missing } = this;
    const { dataDir: _, ...how } = settings;
    const all = { at: new Date().toISOString(), machine: machine(), settings: how, rows, windows, missing };
    writeFileSync(file, `${JSON.stringify(all, null, 1)}\n`);
  }
}

async function main(): Promise<void> {
  if (flags.help) return console.log(HELP);
  const mayPin = Bun.which("taskset") !== null && availableParallelism() > 1;
  if (!mayPin) {
    console.error("ATTENTION: taskset (Debian: util-linux) or a second core is missing. Server and load run");
    console.error("on whatever core they get: these figures compare with no others.");
  }
  const bench = new Bench(settings, mayPin);
  if (flags.load) return measureLoad(bench.serverCore, bench.loadCore);
  const keys = flags.only.split(",");
  const unknown = keys.filter((key) => !SCENARIOS.some((scenario) => scenario.key === key));
  if (unknown.length > 0 || settings.targets.some((target) => !(target in NAMES))) {
    console.error(HELP);
    process.exit(1);
  }
  const report = new Report();
  const until = performance.now() + Number(flags.minutes) * 60_000;
  for (const scenario of SCENARIOS.filter(({ key }) => keys.includes(key))) {
    if (performance.now() > until) {
      report.missing.push(`${scenario.key}: not begun, the ${flags.minutes} minutes were over.`);
      continue;
    }
    const began = performance.now();
    console.error(`${scenario.key}: ${scenario.title}`);
    try {
      const { rows, windows = [] } = await scenario.run(bench);
      report.rows.push(...rows);
      report.windows.push(...windows);
    } catch (error) {
      // The others are still worth measuring.
      report.missing.push(`${scenario.key}: FAILED. ${error instanceof Error ? error.message : error}`);
      process.exitCode = 1;
    }
    bench.say(`${((performance.now() - began) / 1000).toFixed(0)} s`);
  }
  report.print();
  if (flags.json !== undefined) report.write(flags.json);
}

for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(130));
process.on("exit", cleanUp);
await main();
process.exit();
