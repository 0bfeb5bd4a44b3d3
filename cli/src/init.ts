import { init } from "@parley/server/offline.ts";
import { DATA_DIR, dataDir, helpOf, readArguments } from "./arguments.ts";
import type { Option, Subcommand } from "./subcommand.ts";
import { amount } from "./words.ts";

const options: readonly Option[] = [DATA_DIR, { flag: "--json", description: "Say what was done as JSON." }];

export const initSubcommand: Subcommand = {
  name: "init",
  usage: "[options]",
  summary: "Creates the data folder with an empty store, without starting a server.",
  help: () =>
    helpOf(
      "init [options]",
      "Creates the data folder and an empty store in it, as the first start of the server does, and prints the\n" +
        "folder. An existing store is not changed.",
      options,
    ),
  async run(args, context) {
    const parsed = readArguments("init", args, options);
    const done = await init({ dataDir: dataDir(parsed, context) });
    if (parsed.options.has("--json")) context.say(JSON.stringify(done));
    else if (done.made) context.say(`Created an empty store in ${done.dataDir}. Now start the server.`);
    else
      context.say(`There is a store in ${done.dataDir} already, with ${amount(done)}. Nothing was changed.`);
    return 0;
  },
};
