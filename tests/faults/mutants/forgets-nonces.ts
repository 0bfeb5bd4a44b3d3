// The store process does not look nonces up: a batch that a gateway or a client sends again is stored again.

import { run } from "@parley/server/main.ts";
import { newNonce } from "../../support/test-server.ts";

const seen = new Set<string>();

await run(process.argv.slice(2), {
  store: (real) => ({
    ...real,
    commit: (commands) =>
      real.commit(
        commands.map((command) => {
          const key = `${command.actor.id} ${command.nonce}`;
          if (!seen.has(key)) {
            seen.add(key);
            return command;
          }
          return { ...command, nonce: newNonce() };
        }),
      ),
  }),
});
