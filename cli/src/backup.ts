import { resolve } from "node:path";
import { backup } from "@parley/server/offline.ts";
import { DATA_DIR, dataDir, helpOf, readArguments } from "./arguments.ts";
import type { Option, Verb } from "./subcommand.ts";
import { amount, progress, warnIfEmpty } from "./words.ts";

const options: readonly Option[] = [
  DATA_DIR,
  { flag: "--force", says: "Replace FILE if it is there." },
  { flag: "--json", says: "Say what was done as JSON." },
];

export const backupVerb: Verb = {
  name: "backup",
  usage: "FILE [options]",
  says: "Copies the store into one file, also while the server runs.",
  help: () =>
    helpOf(
      "backup FILE [options]",
      "Copies the store, as it is at one moment, into FILE. A server may be running on it and goes on\n" +
        "serving. FILE appears when it is whole, checked and on the disk, and not before.",
      options,
    ),
  async run(args, around) {
    const given = readArguments("backup", args, options, ["FILE"]);
    const [file = ""] = given.words;
    const from = resolve(dataDir(given, around));
    const made = await backup({
      dataDir: from,
      file,
      force: given.options.has("--force"),
      now: around.now(),
      progress: progress("Copying", around),
    });
    warnIfEmpty(from, made, around);
    if (given.options.has("--json")) around.say(JSON.stringify({ dataDir: from, ...made }));
    else
      around.say(
        `Backed up ${amount(made)} (${made.bytes.toLocaleString("en-US")} bytes) of ${from} to ${made.file}.`,
      );
    return 0;
  },
};
