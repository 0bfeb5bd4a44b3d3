import { OperatorError } from "../../base/operator-error.ts";
import { find, type Steps, write } from "../../base/steps.ts";
import { epochOf, formatOf, setFormat } from "../../migrations/format.ts";
import { MIGRATIONS } from "../../migrations/list.ts";
import type { Migration, MigrationContext } from "../../migrations/migration.ts";
import { BASELINE, fillBaseline, TABLES } from "./baseline.ts";

const ANY_TABLE =
  "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema() AND table_type = 'BASE TABLE' ORDER BY table_name LIMIT 1";
const HAS_META =
  "SELECT 1 FROM information_schema.tables WHERE table_schema = current_schema() AND table_name = 'meta'";

/**
 * Makes the tables, or brings them to the format of this server, in one transaction that the caller holds together with a
 * lock. Returns the epoch.
 *
 * @throws OperatorError when the schema holds the tables of another program, or of a newer server.
 */
export function* migrate(
  context: MigrationContext,
  migrations: readonly Migration[] = MIGRATIONS,
): Steps<string> {
  const [meta] = yield find(HAS_META, [[]]);
  if (!meta) {
    const [table] = yield find(ANY_TABLE, [[]]);
    if (table)
      throw new OperatorError(
        `The database holds tables of another program (${table[0]}). Give Parley a database or a schema of its own: ` +
          "add ?schema=parley to DATABASE_URL.",
      );
    yield write('CREATE TABLE meta (key text COLLATE "C" NOT NULL PRIMARY KEY, value text NOT NULL)', [[]]);
  }
  let version = yield* formatOf(migrations);
  if (version === 0) {
    for (const sql of TABLES) yield write(sql, [[]]);
    yield* fillBaseline(context);
    version = BASELINE;
    yield setFormat(version);
  }
  for (const migration of migrations) {
    if (migration.version <= version) continue;
    context.progress?.(migration.version, 0);
    if (!migration.postgres) throw new Error(`Migration ${migration.version} says nothing of PostgreSQL`);
    for (const sql of migration.postgres) yield write(sql, [[]]);
    yield setFormat(migration.version);
    context.progress?.(migration.version, 1);
  }
  return yield* epochOf(context.epoch);
}
