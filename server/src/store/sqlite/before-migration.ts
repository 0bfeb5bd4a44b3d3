import { existsSync, mkdirSync, statfsSync, statSync } from "node:fs";
import { join } from "node:path";
import { OperatorError } from "../base/operator-error.ts";
import { MIGRATIONS } from "../migrations/list.ts";
import { syncFolderOf } from "../transfer/sync-path.ts";
import { backupSqlite } from "./copies/backup.ts";
import type { Progress } from "./copies/copy.ts";
import { SqliteFile } from "./engine/file.ts";

/** The folder of such backups, in the folder of the store. */
export const BACKUPS = "backups";
/** Bytes that must be free for each byte of the store: the backup, the growth of the file, and the log of the migration. */
const NEEDED = 2.5;
const MEGABYTE = 1_000_000;

export type BeforeMigration = {
  readonly dataDir: string;
  /** Milliseconds UTC. */
  readonly now: number;
  readonly progress?: Progress;
  /** Bytes that the server's user may still write in a folder. */
  readonly freeBytes?: (folder: string) => number;
};

/**
 * Copies a store of an older format before it is migrated. Returns the file, or null where nothing is to be migrated. A start
 * that is repeated with the same content makes no second copy.
 *
 * @throws OperatorError when the disk has too little space.
 */
export async function backupBeforeMigration(options: BeforeMigration): Promise<string | null> {
  const { dataDir, now, progress, freeBytes = freeOn } = options;
  const path = join(dataDir, "parley.db");
  const newest = MIGRATIONS.at(-1)?.version ?? 0;
  const old = existsSync(path) ? contentOf(path, newest) : null;
  if (old === null) return null;
  const folder = join(dataDir, BACKUPS);
  // Every change is an event, so the last row names the content of a lineage.
  const file = join(folder, `format-${old.version}-${old.epoch.slice(0, 8)}-${old.lastRow}.backup`);
  if (existsSync(file)) return file;
  const size = sizeOf(path) + sizeOf(`${path}-wal`);
  const free = freeBytes(dataDir);
  if (free < size * NEEDED) {
    const megabytes = (bytes: number) => `${Math.ceil(bytes / MEGABYTE)} MB`;
    throw new OperatorError(
      `This store is of format ${old.version}, and this server brings it to ${newest}. It makes a backup in ${folder} first, ` +
        `and there is no room: ${megabytes(free)} are free, ${megabytes(size * NEEDED)} are needed. Nothing was changed. ` +
        "Make space; or make a backup on another disk (npm run parley -- backup FILE) and start with " +
        `BACKUP_BEFORE_MIGRATION=off, which needs ${megabytes(size * (NEEDED - 1))}.`,
    );
  }
  const made = mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (made !== undefined) syncFolderOf(made);
  progress?.(0, 1);
  await backupSqlite({ dataDir, file, force: false, now, background: false, ...(progress && { progress }) });
  return file;
}

/** Null: no store, an unfinished one, or one of this format or a newer. A file that is no store is rejected where it is opened. */
function contentOf(path: string, newest: number): { version: number; epoch: string; lastRow: number } | null {
  const file = new SqliteFile(path, { readOnly: true });
  try {
    if (file.get("SELECT 1 FROM sqlite_schema WHERE name = 'meta'", []) === undefined) return null;
    const meta = (key: string) => file.get("SELECT value FROM meta WHERE key = $1", [key])?.[0];
    const version = Number(meta("version") ?? 0);
    if (version === 0 || version >= newest) return null;
    const lastRow = Number(file.get("SELECT COALESCE(MAX(row), 0) FROM events", [])?.[0]);
    return { version, epoch: String(meta("epoch")), lastRow };
  } finally {
    file.close();
  }
}

function sizeOf(path: string): number {
  return existsSync(path) ? statSync(path).size : 0;
}

function freeOn(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}
