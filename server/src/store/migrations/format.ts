import { OperatorError } from "../base/operator-error.ts";
import { find, type Step, type Steps, write } from "../base/steps.ts";
import { ownLineage } from "../transfer/lineage.ts";
import type { Migration } from "./migration.ts";

const VERSION = "SELECT value FROM meta WHERE key = 'version'";
const SET_VERSION =
  "INSERT INTO meta (key, value) VALUES ('version', $1) ON CONFLICT (key) DO UPDATE SET value = excluded.value";

/**
 * The format of a store that has the table `meta`; 0 for a new one.
 *
 * @throws OperatorError when the store was written by a newer server.
 */
export function* formatOf(migrations: readonly Migration[]): Steps<number> {
  const [row] = yield find(VERSION, [[]]);
  const version = row ? Number(row[0]) : 0;
  const newest = migrations.at(-1)?.version ?? 0;
  if (version > newest) {
    throw new OperatorError(
      `This store was written by a newer Parley (its format is ${version}, this server knows up to ${newest}). ` +
        "Start the newer version again, or restore a backup made before the upgrade.",
    );
  }
  return version;
}

export function setFormat(version: number): Step {
  return write(SET_VERSION, [[String(version)]]);
}

/** The epoch of a migrated store: its own, or the one of the context where it has none. */
export function* epochOf(epoch: string): Steps<string> {
  yield* ownLineage(epoch);
  const [row] = yield find("SELECT value FROM meta WHERE key = 'epoch'", [[]]);
  return String(row?.[0]);
}
