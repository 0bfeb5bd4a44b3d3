/** For a test: migrates the store in a folder, and kills itself in the middle of it: `bun … FOLDER VERSION PART`. */
import { randomFillSync } from "node:crypto";
import { writeSync } from "node:fs";
import { join } from "node:path";
import { uuidv7 } from "../../base/uuid.ts";
import { migrate } from "../../migrations/migrate.ts";
import { makeDurable } from "./durability.ts";
import { SqliteFile } from "./file.ts";

const [dataDir = "", version = "", part = ""] = process.argv.slice(2);
const file = new SqliteFile(join(dataDir, "parley.db"));
makeDurable(file, false);
// A small cache writes pages of the transaction to the log before its end.
file.pragma("cache_size = 2");
const progress = (at: number, done: number) => {
  if (at !== Number(version) || done < Number(part)) return;
  writeSync(1, `${at} ${done}\n`);
  process.kill(process.pid, "SIGKILL");
};
file.transaction(migrate({ now: Date.now(), newId: uuidv7(randomFillSync), epoch: "test", progress }));
