import { restore } from "@parley/server/offline.ts";
import { DATA_DIR, dataDir, helpOf, readArguments } from "./arguments.ts";
import type { Option, Verb } from "./subcommand.ts";
import { amount, progress } from "./words.ts";

const options: readonly Option[] = [
  DATA_DIR,
  {
    flag: "--force",
    says: "Also into a folder that is not empty. A store in it is moved aside, not deleted.",
  },
  { flag: "--json", says: "Say what was done as JSON." },
];

export const restoreVerb: Verb = {
  name: "restore",
  usage: "FILE [options]",
  says: "Puts a backup into a data folder. The server must be stopped.",
  help: () =>
    helpOf(
      "restore FILE [options]",
      "Checks FILE and puts it into the data folder. What was said after the backup is gone; clients that\n" +
        "know of it are told to reload, and nothing of before is mixed with it. Stop the server first.",
      options,
    ),
  async run(args, around) {
    const given = readArguments("restore", args, options, ["FILE"]);
    const [file = ""] = given.words;
    const done = await restore({
      file,
      dataDir: dataDir(given, around),
      force: given.options.has("--force"),
      now: around.now(),
      progress: progress("Copying", around),
    });
    if (given.options.has("--json")) {
      around.say(JSON.stringify(done));
      return 0;
    }
    const { copiedAt, dataDir: folder, movedTo, epoch } = done;
    const when = copiedAt === null ? "" : `, as of ${new Date(copiedAt).toISOString()}`;
    around.say(`Restored ${amount(done)} into ${folder}${when}.`);
    if (movedTo !== null) around.say(`The store that was there is now in ${movedTo}.`);
    around.say(`It has a new epoch, ${epoch}: clients that come back drop their copies and reload.`);
    around.say("Now start the server.");
    return 0;
  },
};
