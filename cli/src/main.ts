import { ConfigError } from "@parley/server/config.ts";
import { explain } from "@parley/server/offline.ts";
import { acknowledgeVerb } from "./acknowledge.ts";
import { backupVerb } from "./backup.ts";
import { doctorVerb } from "./doctor.ts";
import { exportVerb } from "./export.ts";
import { healthyVerb } from "./health.ts";
import { helpVerb, unknownVerb } from "./help.ts";
import { importVerb } from "./import.ts";
import { initVerb } from "./init.ts";
import { restoreVerb } from "./restore.ts";
import { serveVerb } from "./serve.ts";
import { type Surroundings, UsageError, type Verb } from "./subcommand.ts";
import { versionVerb } from "./version.ts";

/** Everything that can be typed after `parley`. */
const VERBS: readonly Verb[] = [
  serveVerb,
  initVerb,
  backupVerb,
  restoreVerb,
  doctorVerb,
  exportVerb,
  importVerb,
  healthyVerb,
  acknowledgeVerb,
  helpVerb(() => VERBS),
  versionVerb,
];

/** Does what was typed. Returns the exit code: 0 done, 1 it failed, 2 it was typed wrong; nothing while it goes on. */
async function perform(args: readonly string[], around: Surroundings): Promise<number | undefined> {
  const [first = "help", ...rest] = args;
  const name = first === "--help" ? "help" : first === "--version" ? "version" : first;
  const verb = VERBS.find((each) => each.name === name);
  if (!verb) throw new UsageError(unknownVerb(name, VERBS));
  if (!rest.includes("--help")) return verb.run(rest, around);
  around.say(verb.help());
  return 0;
}

function surroundings(): Surroundings {
  const { stdout, stderr } = process;
  return {
    say: (line) => void stdout.write(`${line}\n`),
    show: (line) => void (stderr.isTTY && stderr.write(`\r\x1b[K${line}`)),
    note: stderr.isTTY ? null : (line) => void stderr.write(`${line}\n`),
    warn: (line) => void stderr.write(`${stderr.isTTY ? "\r\x1b[K" : ""}${line}\n`),
    env: process.env,
    now: Date.now,
  };
}

// Copies and stores hold private rooms: what a verb makes is for this user only.
process.umask(0o077);
try {
  const code = await perform(process.argv.slice(2), surroundings());
  if (process.stderr.isTTY && code !== undefined) process.stderr.write("\r\x1b[K");
  if (code !== undefined) process.exitCode = code;
} catch (error) {
  process.stderr.write(`${process.stderr.isTTY ? "\r\x1b[K" : ""}${explain(error)}\n`);
  if (process.env.LOG_LEVEL === "debug") console.error(error);
  process.exit(error instanceof UsageError || error instanceof ConfigError ? 2 : 1);
}
