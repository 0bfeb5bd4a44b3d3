import { chmodSync, closeSync, fsyncSync, openSync } from "node:fs";
import { setPriority } from "node:os";
import { backup, DatabaseSync } from "node:sqlite";
import { OperatorError } from "../../base/operator-error.ts";
import { COPIED_AT } from "../../transfer/lineage.ts";
import { sync } from "../../transfer/sync-path.ts";
import { BUSY_MS, SqliteFile } from "../engine/file.ts";

/** Pages (4 KiB each) that are copied before the disk is asked whether it has them. */
const PAGES_A_STEP = 2_048;
const LOWEST_PRIORITY = 19;

/** How far a copy is, in pages. */
export type Progress = (done: number, total: number) => void;

/** What is in a store, as one snapshot says. */
export type Contents = { readonly rooms: number; readonly messages: number; readonly users: number };

/**
 * Copies a SQLite file, with what is still in its log, to a new file. The snapshot is taken once and held, so that the
 * copy is of one moment and never begins anew, however much is written meanwhile. Returns what that moment holds.
 *
 * Writers of another process go on. Their log cannot be carried into the database meanwhile and grows by what they write.
 * The copy is synced every 8 MiB: dirty pages that pile up would make a server on the same disk wait for them.
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

/** Whoever is served goes first. A system that does not let us may do as it likes. */
export function lowerPriority(): void {
  try {
    setPriority(LOWEST_PRIORITY);
  } catch {}
}

/**
 * Makes a copy one file that needs no log beside it, lets `change` write to it, and checks it.
 *
 * @throws OperatorError when it is damaged.
 */
export function finishCopy(path: string, check: "quick" | "whole", change: (file: SqliteFile) => void): void {
  const file = new SqliteFile(path);
  try {
    file.pragma("journal_mode = DELETE");
    file.pragma("synchronous = FULL");
    change(file);
    const found = file.all(`PRAGMA ${check === "quick" ? "quick_check" : "integrity_check"}(5)`, []);
    const said = found.map(([line]) => String(line));
    if (said.join() !== "ok")
      throw new OperatorError(`What was copied is damaged, so the copy is not kept: ${said.join("; ")}`);
  } finally {
    file.close();
  }
  chmodSync(path, 0o600);
  sync(path);
}

/** What stands in a store about itself, and how much it holds. */
export type About = Contents & {
  readonly epoch: string;
  readonly version: number;
  /** When it was copied, milliseconds UTC; null when it is no copy. */
  readonly copiedAt: number | null;
};

/** Reads that from a SQLite file. @throws OperatorError when it is not a store of Parley. */
export function about(database: DatabaseSync, path: string): About {
  const value = (sql: string) => Object.values(database.prepare(sql).get() ?? {})[0];
  const meta = (key: string) => value(`SELECT value FROM meta WHERE key = '${key}'`);
  if (Number(value("SELECT COUNT(*) FROM sqlite_schema WHERE name IN ('meta', 'feeds', 'events')")) < 3)
    throw new OperatorError(`${path} is a SQLite file, but not a store of Parley.`);
  // A store of an older version knows no deleted rooms.
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
