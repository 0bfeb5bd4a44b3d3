import { helpText } from "@parley/server/config/options.ts";
import type { Subcommand } from "./subcommand.ts";

export const serveSubcommand: Subcommand = {
  name: "serve",
  usage: "[options]",
  summary: "Runs the server, as `npm start` does without building the page.",
  help: () => helpText("parley serve"),
  async run(args) {
    // Imported here: the other subcommands do not need a server.
    const { run } = await import("@parley/server/main.ts");
    await run(args);
    return undefined;
  },
};
