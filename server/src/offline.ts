import PACKAGE from "../package.json" with { type: "json" };
import { tokenHash } from "./auth/guests.ts";
import { writeDoctorResult } from "./observe/doctor-result.ts";
import { type DoctorOptions, type Examination, examineSqlite } from "./store/sqlite/doctor/doctor.ts";
import {
  type RedactedTokens,
  type RedactTokensOptions,
  redactTokensSqlite,
} from "./store/sqlite/engine/redact-tokens.ts";
import { type Exported, type ExportOptions, exportSqlite } from "./store/sqlite/transfer/export.ts";

export { exitCodeOf, operatorMessage } from "./observe/operator-message.ts";
export { OperatorError, UsageError } from "./store/base/operator-error.ts";
export { type Backup, type BackupOptions, backupSqlite as backup } from "./store/sqlite/copies/backup.ts";
export {
  type Restored,
  type RestoreOptions,
  restoreSqlite as restore,
} from "./store/sqlite/copies/restore.ts";
export { type Initialised, initSqlite as init } from "./store/sqlite/init.ts";
export { acknowledgeDamage, type LogDamage } from "./store/sqlite/log-damage.ts";
export type { Exported, ExportFormat } from "./store/sqlite/transfer/export.ts";
export { type Imported, importSqlite as importInto } from "./store/sqlite/transfer/import.ts";
export type { Problem } from "./store/transfer/import-options.ts";
export type { Examination, RedactedTokens };

/** The version of the server. */
export const VERSION: string = PACKAGE.version;

/** Exports the store into a folder of text files. */
export function exportFrom(options: Omit<ExportOptions, "version">): Exported {
  return exportSqlite({ ...options, version: VERSION });
}

/** Checks the store and writes the result where the server's metrics read it. `now` is in milliseconds UTC. */
export function examine(options: DoctorOptions & { readonly now: () => number }): Examination {
  const found = examineSqlite(options);
  writeDoctorResult(options.dataDir, { at: options.now(), drift: found.drift, feeds: found.looked.feeds });
  return found;
}

/** Deletes the text of stored frames that hold a token, and revokes these tokens. No server may be running on the store. */
export function redactTokens(options: Omit<RedactTokensOptions, "tokenHash">): RedactedTokens {
  return redactTokensSqlite({ ...options, tokenHash });
}
