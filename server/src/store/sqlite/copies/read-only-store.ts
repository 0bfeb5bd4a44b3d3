import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { SqliteFile } from "../engine/file.ts";
import { lowerPriority } from "./copy.ts";

const BUSY_MS = 5_000;

/** The file of the store in a folder. Throws a sentence for the operator when there is none. */
export function storePath(dataDir: string): string {
  const path = join(dataDir, "parley.db");
  if (existsSync(path)) return path;
  throw new Error(`There is no store in ${resolve(dataDir)}. Name its folder with --data-dir.`);
}

/** Reads a store on which a server may be running, which goes first. Throws a sentence for the operator. */
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
