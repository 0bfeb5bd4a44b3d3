import { OperatorError } from "../base/operator-error.ts";
import { find, type Steps, write } from "../base/steps.ts";
import { ownLineage } from "../transfer/lineage.ts";
import { MIGRATIONS } from "./list.ts";
import type { Migration, MigrationContext } from "./migration.ts";

const VERSION = "SELECT value FROM meta WHERE key = 'version'";
const SET_VERSION =
  "INSERT INTO meta (key, value) VALUES ('version', $1) ON CONFLICT (key) DO UPDATE SET value = excluded.value";

/**
 * Migrates a store to the format of this server, in one transaction that the caller holds. Returns the epoch.
 *
 * @throws OperatorError when the store was written by a newer server.
 */
export function* migrate(
  context: MigrationContext,
  migrations: readonly Migration[] = MIGRATIONS,
): Steps<string> {
  yield write("CREATE TABLE IF NOT EXISTS meta (key TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL)", [[]]);
  const [row] = yield find(VERSION, [[]]);
  const version = row ? Number(row[0]) : 0;
  const newest = migrations.at(-1)?.version ?? 0;
  if (version > newest) {
    throw new OperatorError(
      `This store was written by a newer Parley (its format is ${version}, this server knows up to ${newest}). ` +
        "Start the newer version again, or restore a backup made before the upgrade.",
    );
  }
  for (const migration of migrations) {
    if (migration.version <= version) continue;
    context.progress?.(migration.version, 0);
    for (const sql of migration.sqlite) yield write(sql, [[]]);
    yield* migration.fill(context);
    yield write(SET_VERSION, [[String(migration.version)]]);
    context.progress?.(migration.version, 1);
  }
  yield* ownLineage(context.epoch);
  const [epoch] = yield find("SELECT value FROM meta WHERE key = 'epoch'", [[]]);
  return String(epoch?.[0]);
}
