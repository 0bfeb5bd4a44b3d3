// A server that never lowers a room's count of owners: to the rule the last one is not the last, and may leave.

import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { settings, startWith, wrap } from "./entry.ts";

const config = settings();
/** The highest count of each room. */
const highest = new Map<string, number>();

await startWith(config, {
  store(real) {
    const database = new DatabaseSync(join(config.dataDir, "parley.db"));
    database.exec("PRAGMA busy_timeout = 5000");
    const room = "room_no = (SELECT no FROM feeds WHERE feed = ?)";
    const count = database.prepare(`SELECT owners FROM rooms WHERE ${room}`);
    const keep = database.prepare(`UPDATE rooms SET owners = ? WHERE ${room} AND state <> 'deleted'`);
    return wrap(real, {
      async commit(commands) {
        const committed = await real.commit(commands);
        for (const { feed } of committed.feeds) {
          const { owners = 0 } = (count.get(feed) ?? {}) as { owners?: number };
          const most = Math.max(owners, highest.get(feed) ?? 0);
          highest.set(feed, most);
          if (owners < most) keep.run(most, feed);
        }
        return committed;
      },
    });
  },
});
