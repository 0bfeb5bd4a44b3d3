import { randomBytes, randomFillSync } from "node:crypto";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { OperatorError } from "../../base/operator-error.ts";
import { uuidv7 } from "../../base/uuid.ts";
import { MESSAGES_JSON, META, ROOMS_JSON } from "../../transfer/dump.ts";
import type { ImportOptions } from "../../transfer/import-options.ts";
import { lowerPriority } from "../copies/copy.ts";
import { makeDataFolder } from "../engine/data-folder.ts";
import { lockStore } from "../engine/lock.ts";
import { type DumpReport, importDump } from "./import-dump.ts";
import { importLegacy, type LegacyReport } from "./import-legacy.ts";

/** What was imported, or would be. */
export type Imported = { readonly dataDir: string; readonly dryRun: boolean } & (LegacyReport | DumpReport);

/**
 * Imports an export: a whole dump into a folder without a store, or the rooms and messages of a legacy chat server into any.
 * Repeating it changes nothing; an interrupted import continues where it was.
 *
 * @throws OperatorError.
 */
export function importSqlite(options: ImportOptions): Imported {
  const { dryRun } = options;
  const folder = resolve(options.folder);
  const dataDir = resolve(options.dataDir);
  if (!existsSync(folder)) throw new OperatorError(`There is no folder ${folder}.`);
  const whole = existsSync(join(folder, META));
  if (!whole && !existsSync(join(folder, ROOMS_JSON)))
    throw new OperatorError(
      `${folder} holds no export: neither ${META} nor ${ROOMS_JSON} and ${MESSAGES_JSON} are there.`,
    );
  makeDataFolder(dataDir);
  const lock = lockStore(join(dataDir, "lock.db"));
  try {
    lowerPriority();
    const making = {
      newId: uuidv7(randomFillSync),
      epoch: randomBytes(16).toString("hex"),
      now: options.now,
    };
    const report = whole
      ? importDump({ ...options, folder, dataDir }, making)
      : importLegacy({ ...options, folder, dataDir }, making);
    return { dataDir, dryRun, ...report };
  } finally {
    lock.release();
  }
}
