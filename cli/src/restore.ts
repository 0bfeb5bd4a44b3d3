import { restore } from "@parley/server/offline.ts";
import { DATA_DIR, dataDir, helpOf, readArguments } from "./arguments.ts";
import type { Option, Subcommand } from "./subcommand.ts";
import { amount, progress } from "./words.ts";

const options: readonly Option[] = [
  DATA_DIR,
  {
    flag: "--force",
    description: "Also into a folder that is not empty. A store in it is moved aside, not deleted.",
  },
  { flag: "--json", description: "Say what was done as JSON." },
];

export const restoreSubcommand: Subcommand = {
  name: "restore",
  usage: "FILE [options]",
  summary: "Puts a backup into a data folder. The server must be stopped.",
  help: () =>
    helpOf(
      "restore FILE [options]",
      "Checks FILE and puts it into the data folder. What was said after the backup is gone; clients that\n" +
        "know of it are told to reload, and nothing of before is mixed with it. Stop the server first.",
      options,
    ),
  async run(args, context) {
    const parsed = readArguments("restore", args, options, ["FILE"]);
    const [file = ""] = parsed.words;
    const done = await restore({
      file,
      dataDir: dataDir(parsed, context),
      force: parsed.options.has("--force"),
      now: context.now(),
      progress: progress("Copying", context),
    });
    if (parsed.options.has("--json")) {
      context.say(JSON.stringify(done));
      return 0;
    }
    const { copiedAt, dataDir: folder, movedTo, epoch } = done;
    const when = copiedAt === null ? "" : `, as of ${new Date(copiedAt).toISOString()}`;
    context.say(`Restored ${amount(done)} into ${folder}${when}.`);
    if (movedTo !== null) context.say(`The store that was there is now in ${movedTo}.`);
    context.say(`It has a new epoch, ${epoch}: clients that come back drop their copies and reload.`);
    context.say("Now start the server.");
    return 0;
  },
};
