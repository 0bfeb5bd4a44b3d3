import { helpText } from "@parley/server/config.ts";
import type { Verb } from "./subcommand.ts";

export const serveVerb: Verb = {
  name: "serve",
  usage: "[options]",
  says: "Runs the server, as `npm start` does without building the page.",
  help: () => helpText("parley serve"),
  async run(args) {
    // Read only now: no other verb needs a server.
    const { run } = await import("@parley/server/main.ts");
    await run(args);
    return undefined;
  },
};
