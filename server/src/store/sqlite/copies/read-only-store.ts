import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { OperatorError } from "../../base/operator-error.ts";
import { BUSY_MS, SqliteFile } from "../engine/file.ts";
import { lowerPriority } from "./copy.ts";

/** The file of the store in a folder. @throws OperatorError when there is none. */
export function storePath(dataDir: string): string {
  const path = join(dataDir, "parley.db");
  if (existsSync(path)) return path;
  throw new OperatorError(`There is no store in ${resolve(dataDir)}. Name its folder with --data-dir.`);
}

/** Reads a store, with a priority below that of a server that may be running on it. @throws OperatorError. */
export function withReadOnlyStore<T>(dataDir: string, body: (file: SqliteFile) => T): T {
  const path = storePath(dataDir);
  lowerPriority();
  const file = new SqliteFile(path, { readOnly: true });
  try {
    file.pragma(`busy_timeout = ${BUSY_MS}`);
    return body(file);
  } finally {
    file.close();
  }
}
