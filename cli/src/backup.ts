import { resolve } from "node:path";
import { backup } from "@parley/server/offline.ts";
import { DATA_DIR, dataDir, helpOf, JSON_OUTPUT, readArguments } from "./arguments.ts";
import { progressBar } from "./progress-bar.ts";
import type { Option, Subcommand } from "./subcommand.ts";
import { amount, warnIfEmpty } from "./words.ts";

const options: readonly Option[] = [
  DATA_DIR,
  { flag: "--force", description: "Replace FILE if it exists." },
  JSON_OUTPUT,
];

export const backupSubcommand: Subcommand = {
  name: "backup",
  usage: "FILE [options]",
  summary: "Copies the store into one file. The server may be running.",
  help: () =>
    helpOf(
      "backup FILE [options]",
      "Copies a consistent snapshot of the store into FILE. A running server keeps serving. FILE appears only\n" +
        "after it was verified and fsynced.",
      options,
    ),
  async run(args, context) {
    const parsed = readArguments("backup", args, options, ["FILE"]);
    const [file = ""] = parsed.words;
    const from = resolve(dataDir(parsed, context));
    const made = await backup({
      dataDir: from,
      file,
      force: parsed.options.has("--force"),
      now: context.now(),
      progress: progressBar("Copying", context),
    });
    warnIfEmpty(from, made, context);
    if (parsed.options.has("--json")) context.say(JSON.stringify({ dataDir: from, ...made }));
    else
      context.say(
        `Backed up ${amount(made)} (${made.bytes.toLocaleString("en-US")} bytes) of ${from} to ${made.file}.`,
      );
    return 0;
  },
};
