import { acknowledgeDamage } from "@parley/server/offline.ts";
import { DATA_DIR, dataDir, helpOf, readArguments } from "./arguments.ts";
import type { Option, Subcommand } from "./subcommand.ts";
import { many } from "./words.ts";

const options: readonly Option[] = [DATA_DIR];

export const acknowledgeSubcommand: Subcommand = {
  name: "acknowledge",
  usage: "[options]",
  summary:
    "Acknowledges that the store's log was damaged, so that /readyz and the metrics stop reporting it.",
  help: () =>
    helpOf(
      "acknowledge [options]",
      "If commits are missing in the store's log when the server starts, it keeps the damaged log and reports it\n" +
        "in error.log, at /readyz, in the metrics and in the doctor's report, until you run this command. The server\n" +
        "may be running. The command repairs nothing: check the disk, and restore a backup to get lost messages back.",
      options,
    ),
  async run(args, context) {
    const parsed = readArguments("acknowledge", args, options);
    const folder = dataDir(parsed, context);
    const damage = acknowledgeDamage(folder);
    if (!damage) context.say(`${folder}: the log is not damaged; there is nothing to acknowledge.`);
    else
      context.say(
        `${folder}: acknowledged that ${many(damage.commits, "commit")} were lost. The damaged log is kept as ${damage.kept}.`,
      );
    return 0;
  },
};
