import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Opened } from "../contract/world.contract.ts";
import { openSqliteStore } from "./sqlite.ts";

/** An empty SQLite store in a folder of its own. */
export async function openForTest(): Promise<Opened & { readonly dataDir: string }> {
  const dataDir = mkdtempSync(join(tmpdir(), "parley-store-"));
  let now = 1_000;
  const start = () =>
    openSqliteStore({
      dataDir,
      clock: () => now,
      onFatal(error) {
        throw error;
      },
    });
  let store = await start();
  return {
    dataDir,
    store,
    async reopen() {
      await store.close();
      store = await start();
      return store;
    },
    setClock(time) {
      now = time;
    },
    traces: (word) => traces(join(dataDir, "parley.db"), word),
    async discard() {
      await store.close();
      rmSync(dataDir, { recursive: true });
    },
  };
}

/** Searches every column of every table, and the index. */
function traces(path: string, word: string): string[] {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    const tables = database
      .prepare(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'search%' AND name NOT LIKE 'sqlite%'",
      )
      .all()
      .map(({ name }) => String(name));
    const found = tables.filter((table) =>
      database
        .prepare(`SELECT * FROM ${table}`)
        .all()
        .some((row) => JSON.stringify(row).includes(word)),
    );
    const indexed = database.prepare("SELECT rowid FROM search WHERE search MATCH ?").all(`"${word}"`);
    return [...found, ...indexed.map(({ rowid }) => `search ${rowid}`)];
  } finally {
    database.close();
  }
}
