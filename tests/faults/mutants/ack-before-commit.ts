// A server that acknowledges before the commit is in its data folder: what is acknowledged lies beside it, in a place
// that a crash takes away, and reaches the folder a moment later.

import { copyFileSync, existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { settings, startWith, wrap } from "./entry.ts";

/** Between an acknowledgement and its commit, in milliseconds. */
const LATE = 150;

const config = settings();
const file = join(config.dataDir, "parley.db");
const beside = `${config.dataDir}-beside-${process.pid}`;
mkdirSync(beside);
if (existsSync(file)) copyFileSync(file, join(beside, "parley.db"));
let waiting: ReturnType<typeof setTimeout> | undefined;

function keep(): void {
  clearTimeout(waiting);
  waiting = undefined;
  const next = join(config.dataDir, "parley.next");
  rmSync(next, { force: true });
  const database = new DatabaseSync(join(beside, "parley.db"));
  database.prepare("VACUUM INTO ?").run(next);
  database.close();
  renameSync(next, file);
}

await startWith(
  { ...config, dataDir: beside },
  {
    store: (real) =>
      wrap(real, {
        async commit(commands) {
          const committed = await real.commit(commands);
          waiting ??= setTimeout(keep, LATE);
          return committed;
        },
      }),
  },
  keep,
);
keep();
