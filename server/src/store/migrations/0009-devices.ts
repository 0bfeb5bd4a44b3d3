import type { Migration } from "./migration.ts";

/** The session that each device has, where several nodes have one store (commit/session-fence.ts). */
export const devices: Migration = {
  version: 9,
  sqlite: [
    "CREATE TABLE devices (user_id TEXT NOT NULL, device TEXT NOT NULL, generation INTEGER NOT NULL, session TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (user_id, device)) STRICT, WITHOUT ROWID",
  ],
  postgres: [
    'CREATE TABLE devices (user_id text COLLATE "C" NOT NULL, device text COLLATE "C" NOT NULL, generation bigint NOT NULL, session text COLLATE "C" NOT NULL, at bigint NOT NULL, PRIMARY KEY (user_id, device))',
  ],
  *fill() {},
};
