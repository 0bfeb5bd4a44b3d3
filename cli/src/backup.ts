import { resolve } from "node:path";
import { backup } from "@parley/server/offline.ts";
import { DATA_DIR, dataDir, helpOf, readArguments } from "./arguments.ts";
import type { Option, Subcommand } from "./subcommand.ts";
import { amount, progress, warnIfEmpty } from "./words.ts";

const options: readonly Option[] = [
  DATA_DIR,
  { flag: "--force", description: "Replace FILE if it is there." },
  { flag: "--json", description: "Say what was done as JSON." },
];

export const backupSubcommand: Subcommand = {
  name: "backup",
  usage: "FILE [options]",
  summary: "Copies the store into one file, also while the server runs.",
  help: () =>
    helpOf(
      "backup FILE [options]",
      "Copies the store, as it is at one moment, into FILE. A server may be running on it and goes on\n" +
        "serving. FILE appears when it is whole, checked and on the disk, and not before.",
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
      progress: progress("Copying", context),
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
