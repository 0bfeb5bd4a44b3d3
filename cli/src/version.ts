import { WIRE_VERSION } from "@parley/protocol";
import { VERSION } from "@parley/server/offline.ts";
import type { Subcommand } from "./subcommand.ts";

export const versionSubcommand: Subcommand = {
  name: "version",
  usage: "",
  summary: "Prints the version.",
  help: () => "Usage: parley version",
  async run(_, { say }) {
    say(`Parley ${VERSION} (wire ${WIRE_VERSION})`);
    return 0;
  },
};
