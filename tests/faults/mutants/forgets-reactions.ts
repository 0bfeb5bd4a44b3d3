// A server whose table of reactions drifts from its log: of some that are in the log nothing is kept.

import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { isFault } from "@parley/protocol";
import { settings, startWith, wrap } from "./entry.ts";

const config = settings();

await startWith(config, {
  store(real) {
    const database = new DatabaseSync(join(config.dataDir, "parley.db"));
    database.exec("PRAGMA busy_timeout = 5000");
    const forget = database.prepare("DELETE FROM reactions WHERE added % 3 = 0");
    return wrap(real, {
      async commit(commands) {
        const committed = await real.commit(commands);
        const reacted = commands.some(({ body }, index) => {
          const verdict = committed.verdicts[index];
          return body.kind === "add_reaction" && verdict !== undefined && !isFault(verdict);
        });
        if (reacted) forget.run();
        return committed;
      },
    });
  },
});
