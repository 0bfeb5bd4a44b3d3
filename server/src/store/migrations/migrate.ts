import { type Steps, write } from "../base/steps.ts";
import { epochOf, formatOf, setFormat } from "./format.ts";
import { MIGRATIONS } from "./list.ts";
import type { Migration, MigrationContext } from "./migration.ts";

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
  const version = yield* formatOf(migrations);
  for (const migration of migrations) {
    if (migration.version <= version) continue;
    context.progress?.(migration.version, 0);
    for (const sql of migration.sqlite) yield write(sql, [[]]);
    yield* migration.fill(context);
    yield setFormat(migration.version);
    context.progress?.(migration.version, 1);
  }
  return yield* epochOf(context.epoch);
}
