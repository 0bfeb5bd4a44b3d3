import { backup } from "@parley/server/offline.ts";
import { DATA_DIR, dataDir, helpOf, readArguments } from "./arguments.ts";
import type { Option, Verb } from "./verb.ts";
import { amount, progress } from "./words.ts";

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
    const made = await backup({
      dataDir: dataDir(given, around),
      file,
      force: given.options.has("--force"),
      now: around.now(),
      progress: progress("Copying", around),
    });
    if (given.options.has("--json")) around.say(JSON.stringify(made));
    else
      around.say(`Backed up ${amount(made)} (${made.bytes.toLocaleString("en-US")} bytes) to ${made.file}.`);
    return 0;
  },
};
