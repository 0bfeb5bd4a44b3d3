import { OperatorError } from "../../base/operator-error.ts";
import { find, type Steps, write } from "../../base/steps.ts";
import { MIGRATIONS } from "../../migrations/list.ts";
import type { Migration, MigrationContext } from "../../migrations/migration.ts";
import { ownLineage } from "../../transfer/lineage.ts";
import { BASELINE, fillBaseline, TABLES } from "./baseline.ts";

const ANY_TABLE =
  "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema() AND table_type = 'BASE TABLE' ORDER BY table_name LIMIT 1";
const HAS_META =
  "SELECT 1 FROM information_schema.tables WHERE table_schema = current_schema() AND table_name = 'meta'";
const VERSION = "SELECT value FROM meta WHERE key = 'version'";
const SET_VERSION =
  "INSERT INTO meta (key, value) VALUES ('version', $1) ON CONFLICT (key) DO UPDATE SET value = excluded.value";

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
  const [row] = yield find(VERSION, [[]]);
  let version = row ? Number(row[0]) : 0;
  const newest = migrations.at(-1)?.version ?? 0;
  if (version > newest) {
    throw new OperatorError(
      `This store was written by a newer Parley (its format is ${version}, this server knows up to ${newest}). ` +
        "Start the newer version again, or restore a backup made before the upgrade.",
    );
  }
  if (version === 0) {
    for (const sql of TABLES) yield write(sql, [[]]);
    yield* fillBaseline(context);
    version = BASELINE;
    yield write(SET_VERSION, [[String(version)]]);
  }
  for (const migration of migrations) {
    if (migration.version <= version) continue;
    context.progress?.(migration.version, 0);
    if (!migration.postgres) throw new Error(`Migration ${migration.version} says nothing of PostgreSQL`);
    for (const sql of migration.postgres) yield write(sql, [[]]);
    yield write(SET_VERSION, [[String(migration.version)]]);
    context.progress?.(migration.version, 1);
  }
  yield* ownLineage(context.epoch);
  const [epoch] = yield find("SELECT value FROM meta WHERE key = 'epoch'", [[]]);
  return String(epoch?.[0]);
}
