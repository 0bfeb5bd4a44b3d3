import { exitCodeOf, operatorMessage, UsageError } from "@parley/server/offline.ts";
import { acknowledgeSubcommand } from "./acknowledge.ts";
import { backupSubcommand } from "./backup.ts";
import { doctorSubcommand } from "./doctor.ts";
import { exportSubcommand } from "./export.ts";
import { healthSubcommand } from "./health.ts";
import { helpSubcommand, unknownSubcommand } from "./help.ts";
import { importSubcommand } from "./import.ts";
import { initSubcommand } from "./init.ts";
import { restoreSubcommand } from "./restore.ts";
import { serveSubcommand } from "./serve.ts";
import type { CliContext, Subcommand } from "./subcommand.ts";
import { versionSubcommand } from "./version.ts";

/** All subcommands of `parley`. */
const SUBCOMMANDS: readonly Subcommand[] = [
  serveSubcommand,
  initSubcommand,
  backupSubcommand,
  restoreSubcommand,
  doctorSubcommand,
  exportSubcommand,
  importSubcommand,
  healthSubcommand,
  acknowledgeSubcommand,
  helpSubcommand(() => SUBCOMMANDS),
  versionSubcommand,
];

/** Runs a subcommand. Returns its exit code, or nothing when the process keeps running. @throws UsageError. */
async function perform(args: readonly string[], context: CliContext): Promise<number | undefined> {
  const [first = "help", ...rest] = args;
  const name = first === "--help" ? "help" : first === "--version" ? "version" : first;
  const subcommand = SUBCOMMANDS.find((each) => each.name === name);
  if (!subcommand) throw new UsageError(unknownSubcommand(name, SUBCOMMANDS));
  if (!rest.includes("--help")) return subcommand.run(rest, context);
  context.say(subcommand.help());
  return 0;
}

function createContext(): CliContext {
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

// Copies and stores hold private rooms: files that a subcommand creates are for this user only.
process.umask(0o077);
try {
  const code = await perform(process.argv.slice(2), createContext());
  if (process.stderr.isTTY && code !== undefined) process.stderr.write("\r\x1b[K");
  if (code !== undefined) process.exitCode = code;
} catch (error) {
  process.stderr.write(`${process.stderr.isTTY ? "\r\x1b[K" : ""}${operatorMessage(error)}\n`);
  if (process.env.LOG_LEVEL === "debug") console.error(error);
  process.exit(exitCodeOf(error));
}
