import { restore } from "@parley/server/offline.ts";
import { DATA_DIR, dataDir, helpOf, JSON_OUTPUT, readArguments } from "./arguments.ts";
import { progressBar } from "./progress-bar.ts";
import type { Option, Subcommand } from "./subcommand.ts";
import { amount } from "./words.ts";

const options: readonly Option[] = [
  DATA_DIR,
  {
    flag: "--force",
    description: "Also restore into a folder that is not empty. A store in it is moved aside, not deleted.",
  },
  JSON_OUTPUT,
];

export const restoreSubcommand: Subcommand = {
  name: "restore",
  usage: "FILE [options]",
  summary: "Restores a backup into a data folder. The server must be stopped.",
  help: () =>
    helpOf(
      "restore FILE [options]",
      "Checks FILE and copies it into the data folder. Messages that are newer than the backup are lost.\n" +
        "Clients discard their copies and reload, so nothing is mixed. Stop the server first.",
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
      progress: progressBar("Copying", context),
    });
    if (parsed.options.has("--json")) {
      context.say(JSON.stringify(done));
      return 0;
    }
    const { copiedAt, dataDir: folder, movedTo, epoch } = done;
    const when = copiedAt === null ? "" : `, as of ${new Date(copiedAt).toISOString()}`;
    context.say(`Restored ${amount(done)} into ${folder}${when}.`);
    if (movedTo !== null) context.say(`The previous store is now in ${movedTo}.`);
    context.say(`It has a new epoch, ${epoch}: clients that reconnect discard their copies and reload.`);
    context.say("Now start the server.");
    return 0;
  },
};
