import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { about, type Contents } from "./copies/copy.ts";
import { openSqliteStore } from "./sqlite.ts";

export type Initialised = Contents & {
  readonly dataDir: string;
  /** False: a store exists, and nothing was changed. */
  readonly made: boolean;
  readonly epoch: string;
};

/** Creates a folder with an empty store, without serving it. A store that exists stays as it is. */
export async function initSqlite({ dataDir }: { readonly dataDir: string }): Promise<Initialised> {
  const path = join(dataDir, "parley.db");
  const made = !existsSync(path);
  if (made) {
    let failed: Error | undefined;
    const store = await openSqliteStore({
      dataDir,
      onFatal: (error) => {
        failed = error;
      },
    });
    await store.close();
    if (failed) throw failed;
  }
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    const { rooms, messages, users, epoch } = about(database, path);
    return { dataDir: resolve(dataDir), made, rooms, messages, users, epoch };
  } finally {
    database.close();
  }
}
