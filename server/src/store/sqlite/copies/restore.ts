import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { OperatorError } from "../../base/operator-error.ts";
import { MIGRATIONS } from "../../migrations/list.ts";
import { COPIED_AT, ownLineage } from "../../transfer/lineage.ts";
import { sync } from "../../transfer/sync-path.ts";
import { makeDataFolder } from "../engine/data-folder.ts";
import { lockStore } from "../engine/lock.ts";
import { type About, type Contents, copySqlite, finishCopy, lowerPriority, type Progress } from "./copy.ts";

export type RestoreOptions = {
  /** The copy. */
  readonly file: string;
  /** The data folder. No server may be running on it. */
  readonly dataDir: string;
  /** Whether an existing store may be moved away. */
  readonly force: boolean;
  /** Milliseconds UTC. */
  readonly now: number;
  readonly progress?: Progress;
};

export type Restored = Contents & {
  readonly dataDir: string;
  /** When the copy was made, milliseconds UTC; null when the file does not say. */
  readonly copiedAt: number | null;
  readonly epoch: string;
  /** The folder with the store that was there before. */
  readonly movedTo: string | null;
};

const HALF_RESTORED = "INSERT OR IGNORE INTO meta (key, value) VALUES ($1, $2) RETURNING key";
const STORE = ["doctor.json", "log-damage.json", "parley.db-wal", "parley.db-shm", "parley.db"] as const;
/** Names that a folder may contain and still count as empty. */
const NO_MATTER = /^(lock\.db.*|lost\+found|replaced-.*|backups|parley\.db\.restoring.*)$/;

/**
 * Copies a backup into a data folder, with a lineage of its own, so that every client reloads. An existing store is moved
 * away, never deleted, and is not changed until the last step.
 *
 * @throws OperatorError.
 */
export async function restoreSqlite(options: RestoreOptions): Promise<Restored> {
  const { force, now, progress = () => {} } = options;
  const file = resolve(options.file);
  const dataDir = resolve(options.dataDir);
  if (!existsSync(file) || !statSync(file).isFile()) throw new OperatorError(`There is no file ${file}.`);
  makeDataFolder(dataDir);
  const lock = lockStore(join(dataDir, "lock.db"));
  lowerPriority();
  const fresh = join(dataDir, "parley.db.restoring");
  const endings = ["", "-journal", "-wal", "-shm"];
  try {
    refuseFull(dataDir, force);
    for (const ending of endings) rmSync(fresh + ending, { force: true });
    const epoch = randomBytes(16).toString("hex");
    const { copiedAt, rooms, messages, users } = await bring({ file, fresh, epoch, now, progress });
    const movedTo = moveAside(dataDir, now);
    renameSync(fresh, join(dataDir, "parley.db"));
    sync(dataDir);
    return { dataDir, copiedAt, epoch, movedTo, rooms, messages, users };
  } finally {
    for (const ending of endings) rmSync(fresh + ending, { force: true });
    lock.release();
  }
}

function refuseFull(dataDir: string, force: boolean): void {
  const there = readdirSync(dataDir).filter((name) => !NO_MATTER.test(name));
  if (there.length === 0 || force) return;
  throw new OperatorError(
    there.some((name) => name.startsWith("parley.db"))
      ? `${dataDir} holds a store. Name another folder, or say --force: then that store is moved aside first.`
      : `${dataDir} is not empty (${there.slice(0, 3).join(", ")}). Name another folder, or say --force.`,
  );
}

type Bringing = {
  readonly file: string;
  readonly fresh: string;
  readonly epoch: string;
  readonly now: number;
  readonly progress: Progress;
};

/** Copies the file to `fresh`, checks all of it, and gives it its epoch. */
async function bring({ file, fresh, epoch, now, progress }: Bringing): Promise<About> {
  try {
    const found = await copySqlite(file, fresh, progress);
    const newest = MIGRATIONS.at(-1)?.version ?? 0;
    if (found.version > newest)
      throw new OperatorError(
        `${file} was written by a newer Parley (its format is ${found.version}, this one knows up to ${newest}). ` +
          "Install that version or a newer one, then restore.",
      );
    finishCopy(fresh, "whole", (store) => {
      store.get(HALF_RESTORED, [COPIED_AT, String(now)]);
      store.transaction(ownLineage(epoch));
    });
    return found;
  } catch (error) {
    // 26: SQLITE_NOTADB, 11: SQLITE_CORRUPT.
    const code = Number((error as { errcode?: number }).errcode) & 0xff;
    if (code === 26) throw new OperatorError(`${file} is not a backup of Parley: it is no SQLite file.`);
    if (code === 11)
      throw new OperatorError(`${file} is damaged and cannot be restored. Take an older backup.`);
    throw error;
  }
}

/** Moves the existing store into a folder beside it. Returns the folder, or null when there is no store. */
function moveAside(dataDir: string, now: number): string | null {
  const there = STORE.filter((name) => existsSync(join(dataDir, name)));
  if (!there.some((name) => name.startsWith("parley.db"))) return null;
  emptyLog(join(dataDir, "parley.db"));
  const stamp = new Date(now).toISOString().replaceAll(/[:.]/g, "");
  const aside = join(dataDir, `replaced-${stamp}`);
  mkdirSync(aside, { mode: 0o700 });
  for (const name of there) {
    if (existsSync(join(dataDir, name))) renameSync(join(dataDir, name), join(aside, name));
  }
  sync(aside);
  return aside;
}

/**
 * Checkpoints the log of the store, so that one file is all there is to move. A store that is too damaged for that is moved
 * as it is: its log first, because SQLite would apply a remaining log to the new store.
 */
function emptyLog(path: string): void {
  try {
    const database = new DatabaseSync(path);
    try {
      database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    } finally {
      database.close();
    }
  } catch {}
}
