// A server that takes the number before the rule has spoken: a refused command uses up a seq, as a database's sequence
// would, and leaves a hole in the room.

import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { isFault } from "@parley/protocol";
import { settings, startWith, wrap } from "./entry.ts";

const config = settings();

await startWith(config, {
  store(real) {
    const database = new DatabaseSync(join(config.dataDir, "parley.db"));
    database.exec("PRAGMA busy_timeout = 5000");
    const take = database.prepare("UPDATE feeds SET last = last + 1 WHERE feed = ?");
    return wrap(real, {
      async commit(commands) {
        const committed = await real.commit(commands);
        for (const [index, verdict] of committed.verdicts.entries()) {
          if (isFault(verdict)) take.run(commands[index]?.body.room ?? "");
        }
        return committed;
      },
    });
  },
});
