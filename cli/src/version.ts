import { WIRE_VERSION } from "@parley/protocol";
import { VERSION } from "@parley/server/offline.ts";
import type { Verb } from "./subcommand.ts";

export const versionVerb: Verb = {
  name: "version",
  usage: "",
  says: "Says which version this is.",
  help: () => "Usage: parley version",
  async run(_, { say }) {
    say(`Parley ${VERSION} (wire ${WIRE_VERSION})`);
    return 0;
  },
};
