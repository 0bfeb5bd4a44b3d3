import { existsSync, renameSync, rmSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { OperatorError } from "../../base/operator-error.ts";
import { COPIED_AT } from "../../transfer/lineage.ts";
import { syncFolderOf } from "../../transfer/sync-path.ts";
import type { SqliteFile } from "../engine/file.ts";
import { type Contents, copySqlite, finishCopy, lowerPriority, type Progress } from "./copy.ts";
import { storePath } from "./read-only-store.ts";

export type BackupOptions = {
  /** The folder of the store. A server may be running on it. */
  readonly dataDir: string;
  /** The path of the copy. */
  readonly file: string;
  /** Whether an existing file may be replaced. */
  readonly force: boolean;
  /** Milliseconds UTC. */
  readonly now: number;
  readonly progress?: Progress;
  /** Whether this process lowers its priority (default), because a server may run beside it. */
  readonly background?: boolean;
};

export type Backup = Contents & { readonly file: string; readonly bytes: number };

const MARK_COPIED = "INSERT OR REPLACE INTO meta (key, value) VALUES ($1, $2)";

/**
 * Copies a consistent snapshot of a store into one file, which is verified and synced before it is renamed into place.
 *
 * @throws OperatorError.
 */
export async function backupSqlite(options: BackupOptions): Promise<Backup> {
  const { dataDir, force, now, progress = () => {}, background = true } = options;
  if (background) lowerPriority();
  const file = resolve(options.file);
  const store = storePath(dataDir);
  if (!existsSync(dirname(file)))
    throw new OperatorError(`There is no folder ${dirname(file)}. Make it first.`);
  if (existsSync(file) && statSync(file).isDirectory())
    throw new OperatorError(
      `${file} is a folder. Name a file in it, such as ${join(file, "parley.backup")}.`,
    );
  if (dirname(file) === resolve(dataDir) && /^(parley|lock)\.db/.test(basename(file)))
    throw new OperatorError(`${file} belongs to the store itself. Name another file.`);
  const refuseTaken = () => {
    if (!force && existsSync(file))
      throw new OperatorError(`${file} is there already. Name another file, or say --force to replace it.`);
  };
  refuseTaken();
  const part = `${file}.${process.pid}.part`;
  rmSync(part, { force: true });
  try {
    const read = await copySqlite(store, part, progress);
    finishCopy(part, "quick", (copy) => {
      const found = Number(copy.get("SELECT COUNT(*) FROM events WHERE message = 1", [])?.[0]);
      if (found !== read.messages)
        throw new OperatorError(
          `The copy holds ${found} messages where the store has ${read.messages}. Try again.`,
        );
      markAsCopy(copy, now);
    });
    refuseTaken();
    renameSync(part, file);
    syncFolderOf(file);
    const { rooms, messages, users } = read;
    return { file, rooms, messages, users, bytes: statSync(file).size };
  } finally {
    for (const ending of ["", "-journal", "-wal", "-shm"]) rmSync(part + ending, { force: true });
  }
}

/** Marks the file as a copy: the server that opens it gives it a lineage of its own. */
function markAsCopy(copy: SqliteFile, now: number): void {
  copy.exec("BEGIN IMMEDIATE");
  copy.get(`${MARK_COPIED} RETURNING key`, [COPIED_AT, String(now)]);
  copy.exec("COMMIT");
}
