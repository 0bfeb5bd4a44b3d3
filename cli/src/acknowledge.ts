import { acknowledgeDamage } from "@parley/server/offline.ts";
import { DATA_DIR, dataDir, helpOf, readArguments } from "./arguments.ts";
import type { Option, Subcommand } from "./subcommand.ts";
import { many } from "./words.ts";

const options: readonly Option[] = [DATA_DIR];

export const acknowledgeVerb: Subcommand = {
  name: "acknowledge",
  usage: "[options]",
  summary: "Takes note that the store's log was damaged, so that /readyz and the metrics stop saying so.",
  help: () =>
    helpOf(
      "acknowledge [options]",
      "A start that finds commits missing in the store's log keeps the log as it was, and says so in error.log,\n" +
        "at /readyz, in the metrics and by the doctor, until this is typed. Also while the server runs. It mends\n" +
        "nothing: look at the disk, and restore a backup if what is lost has to come back.",
      options,
    ),
  async run(args, context) {
    const parsed = readArguments("acknowledge", args, options);
    const folder = dataDir(parsed, context);
    const damage = acknowledgeDamage(folder);
    if (!damage) context.say(`${folder}: there is nothing to acknowledge.`);
    else
      context.say(
        `${folder}: acknowledged that ${many(damage.commits, "commit")} were lost. The damaged log is kept as ${damage.kept}.`,
      );
    return 0;
  },
};
