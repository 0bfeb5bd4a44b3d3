import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { StoreDump } from "../checker/store-dump.ts";
import { dumpOf, HEADS, type Heads, headsOf, type Rows, TABLES } from "./store-tables.ts";

/** The store's file in a data folder: the database that is not a lock. */
function storeFile(dataDir: string): string {
  const files = existsSync(dataDir) ? readdirSync(dataDir) : [];
  const file = files.find((name) => name.endsWith(".db") && name !== "lock.db");
  if (!file) throw new Error(`${dataDir} holds no store`);
  return join(dataDir, file);
}

/** The rows of each statement, in one snapshot. */
function read<T extends object>(dataDir: string, statements: T): { [name in keyof T]: unknown[] } {
  const database = new DatabaseSync(storeFile(dataDir), { readOnly: true });
  try {
    database.exec("PRAGMA busy_timeout = 5000");
    database.exec("BEGIN");
    const rows = Object.entries(statements).map(([name, sql]) => [name, database.prepare(sql).all()]);
    return Object.fromEntries(rows);
  } finally {
    database.close();
  }
}

/**
 * Reads a whole store by SQL, in one snapshot, with none of the server's code in between: that code is what is tried.
 * The server may run beside it or have been killed.
 */
export function readStore(dataDir: string): StoreDump {
  return dumpOf(read(dataDir, TABLES) satisfies Rows);
}

export function readHeads(dataDir: string): Heads {
  const { heads, members } = read(dataDir, HEADS);
  return headsOf(heads as never, members as never);
}
