import { chmodSync, closeSync, fsyncSync, openSync } from "node:fs";
import { setPriority } from "node:os";
import { dirname } from "node:path";
import { backup, DatabaseSync } from "node:sqlite";
import { SqliteFile } from "./sqlite-file.ts";

const BUSY_MS = 5_000;
/** Pages (4 KiB each) that are copied before the disk is asked whether it has them. */
const PAGES_A_STEP = 2_048;
const LOWEST_PRIORITY = 19;

/** How far a copy is, in pages. */
export type Progress = (done: number, total: number) => void;

/** What is in a store, as one snapshot says. */
export type Contents = { readonly rooms: number; readonly messages: number; readonly users: number };

/**
 * Copies a SQLite file, with what is still in its log, to a new file. The snapshot is taken once and held, so that the
 * copy is of one moment and never begins anew, however much is written meanwhile; `body` reads from the same moment.
 *
 * Writers of another process go on. Their log cannot be carried into the database meanwhile and grows by what they write.
 * The copy is synced every 8 MiB: dirty pages that pile up would make a server on the same disk wait for them.
 */
export async function copySqlite<T>(
  from: string,
  to: string,
  body: (snapshot: DatabaseSync) => T,
  progress: Progress = () => {},
): Promise<T> {
  giveWay();
  const source = new DatabaseSync(from, { readOnly: true });
  let target: number | undefined;
  try {
    source.exec(`PRAGMA busy_timeout = ${BUSY_MS}`);
    source.exec("BEGIN");
    const read = body(source);
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
function giveWay(): void {
  try {
    setPriority(LOWEST_PRIORITY);
  } catch {}
}

/**
 * Makes a copy one file that needs no log beside it, lets `change` write to it, and checks it. Throws a sentence when it
 * is damaged.
 */
export function finishCopy(path: string, check: "quick" | "whole", change: (file: SqliteFile) => void): void {
  const file = new SqliteFile(path);
  try {
    file.pragma("journal_mode = DELETE");
    file.pragma("synchronous = FULL");
    change(file);
    const found = file.all(`PRAGMA ${check === "quick" ? "quick_check" : "integrity_check"}(5)`, []);
    const said = found.map(([line]) => String(line));
    if (said.join() !== "ok") throw new Error(`The copy ${path} is damaged: ${said.join("; ")}`);
  } finally {
    file.close();
  }
  chmodSync(path, 0o600);
  sync(path);
}

/** Makes sure that a file, or a folder's list of names, is on the disk. */
export function sync(path: string): void {
  const descriptor = openSync(path, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

export function syncFolderOf(path: string): void {
  sync(dirname(path));
}

const COUNT = {
  rooms: "SELECT COUNT(*) FROM rooms",
  messages: "SELECT COUNT(*) FROM events WHERE message = 1",
  users: "SELECT COUNT(*) FROM users WHERE token_hash IS NOT NULL",
} as const;

/** Counts what a person would ask for. `get` answers with the first value of the first row. */
export function contents(get: (sql: string) => unknown): Contents {
  return {
    rooms: Number(get(COUNT.rooms)),
    messages: Number(get(COUNT.messages)),
    users: Number(get(COUNT.users)),
  };
}
