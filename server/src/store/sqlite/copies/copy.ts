import { chmodSync, closeSync, fsyncSync, openSync } from "node:fs";
import { setPriority } from "node:os";
import { backup, DatabaseSync } from "node:sqlite";
import { OperatorError } from "../../base/operator-error.ts";
import { COPIED_AT } from "../../transfer/lineage.ts";
import { sync } from "../../transfer/sync-path.ts";
import { BUSY_MS, SqliteFile } from "../engine/file.ts";

/** Pages (4 KiB each) that are copied between two syncs. */
const PAGES_A_STEP = 2_048;
const LOWEST_PRIORITY = 19;

/** How far a copy is, in pages. */
export type Progress = (done: number, total: number) => void;

/** The content of a store in one snapshot. */
export type Contents = { readonly rooms: number; readonly messages: number; readonly users: number };

/**
 * Copies a SQLite file, log included, to a new file. One snapshot is held for the whole copy, so that it never starts over,
 * however much is written meanwhile. Returns the content of the snapshot.
 *
 * Writers of other processes continue; their log grows, because it cannot be checkpointed meanwhile. The copy is synced every
 * 8 MiB: more dirty pages would make a server on the same disk wait for them.
 */
export async function copySqlite(from: string, to: string, progress: Progress): Promise<About> {
  const source = new DatabaseSync(from, { readOnly: true });
  let target: number | undefined;
  try {
    source.exec(`PRAGMA busy_timeout = ${BUSY_MS}`);
    source.exec("BEGIN");
    const read = about(source, from);
    // Opened before SQLite does and closed after it: closing it in between would drop SQLite's locks on the file.
    target = openSync(to, "wx", 0o600);
    const synced = target;
    await backup(source, to, {
      rate: PAGES_A_STEP,
      progress: ({ totalPages, remainingPages }) => {
        fsyncSync(synced);
        progress(totalPages - remainingPages, totalPages);
      },
    });
    return read;
  } finally {
    source.close();
    if (target !== undefined) closeSync(target);
  }
}

/** Lowers our priority so that the server's requests go first; ignored where the system refuses. */
export function lowerPriority(): void {
  try {
    setPriority(LOWEST_PRIORITY);
  } catch {}
}

/**
 * Turns a copy into one file without a log, lets `change` write to it, and checks it.
 *
 * @throws OperatorError when the copy is damaged.
 */
export function finishCopy(path: string, check: "quick" | "whole", change: (file: SqliteFile) => void): void {
  const file = new SqliteFile(path);
  try {
    file.pragma("journal_mode = DELETE");
    file.pragma("synchronous = FULL");
    change(file);
    const found = file.all(`PRAGMA ${check === "quick" ? "quick_check" : "integrity_check"}(5)`, []);
    const problems = found.map(([line]) => String(line));
    if (problems.join() !== "ok")
      throw new OperatorError(`The copy is damaged and is not kept: ${problems.join("; ")}`);
  } finally {
    file.close();
  }
  chmodSync(path, 0o600);
  sync(path);
}

/** The meta data of a store, and how much it holds. */
export type About = Contents & {
  readonly epoch: string;
  readonly version: number;
  /** When it was copied, milliseconds UTC; null when it is no copy. */
  readonly copiedAt: number | null;
};

/** Reads it from a SQLite file. @throws OperatorError when the file is no store. */
export function about(database: DatabaseSync, path: string): About {
  const value = (sql: string) => Object.values(database.prepare(sql).get() ?? {})[0];
  const meta = (key: string) => value(`SELECT value FROM meta WHERE key = '${key}'`);
  if (Number(value("SELECT COUNT(*) FROM sqlite_schema WHERE name IN ('meta', 'feeds', 'events')")) < 3)
    throw new OperatorError(`${path} is a SQLite file, but not a store of Parley.`);
  // A store of an older version has no deleted rooms.
  const deletes = Number(value("SELECT COUNT(*) FROM pragma_table_info('rooms') WHERE name = 'state'")) > 0;
  const copiedAt = meta(COPIED_AT);
  return {
    epoch: String(meta("epoch")),
    version: Number(meta("version")),
    copiedAt: copiedAt === undefined ? null : Number(copiedAt),
    rooms: Number(value(`SELECT COUNT(*) FROM rooms${deletes ? " WHERE state <> 'deleted'" : ""}`)),
    messages: Number(value("SELECT COUNT(*) FROM events WHERE message = 1")),
    users: Number(value("SELECT COUNT(*) FROM users WHERE token_hash IS NOT NULL")),
  };
}
