import PACKAGE from "../package.json" with { type: "json" };
import { writeDoctorResult } from "./observe/doctor-result.ts";
import { type DoctorOptions, type Examination, examineSqlite } from "./store/sqlite/doctor.ts";
import { type Exported, type ExportOptions, exportSqlite } from "./store/sqlite/export.ts";

/** What is done with a store without serving it. */
export { explain } from "./observe/explain.ts";
export { type Backup, type BackupOptions, backupSqlite as backup } from "./store/sqlite/backup.ts";
export type { Exported, ExportFormat } from "./store/sqlite/export.ts";
export { type Imported, importSqlite as importInto } from "./store/sqlite/import.ts";
export { type Restored, type RestoreOptions, restoreSqlite as restore } from "./store/sqlite/restore.ts";
export type { Problem } from "./store/transfer/import-options.ts";
export type { Examination };

/** The version of the server. */
export const VERSION: string = PACKAGE.version;

/** Writes the store into a folder of text. */
export function exportFrom(options: Omit<ExportOptions, "version">): Exported {
  return exportSqlite({ ...options, version: VERSION });
}

/** Examines the store and keeps the result where the server's metrics find it. `now` is in milliseconds UTC. */
export function examine(options: DoctorOptions & { readonly now: () => number }): Examination {
  const found = examineSqlite(options);
  writeDoctorResult(options.dataDir, { at: options.now(), drift: found.drift, feeds: found.looked.feeds });
  return found;
}
