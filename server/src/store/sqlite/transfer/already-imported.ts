import { existsSync } from "node:fs";
import { join } from "node:path";
import { LOBBY } from "@parley/protocol";
import { bytesToId } from "../../base/compact-id.ts";
import { eventsWhere } from "../../base/events.ts";
import { OperatorError } from "../../base/operator-error.ts";
import { type FeedLine, fileOf, type UserLine } from "../../transfer/dump.ts";
import { type CheckedDump, linesOf } from "../../transfer/dump-lines.ts";
import { SqliteFile } from "../engine/file.ts";
import { refuseDamagedLog } from "../log-damage.ts";

const EPOCHS = "SELECT value FROM meta WHERE key IN ('epoch', 'imported_from')";
const USED =
  "SELECT (SELECT COUNT(*) FROM feeds WHERE feed <> $1) + (SELECT COUNT(*) FROM events WHERE seq > 1)";
const USER = "SELECT 1 FROM users WHERE id = $1";
const FEED = "SELECT no, floor FROM feeds WHERE feed = $1";
const EVENT = eventsWhere("id", "seq = $2");

/**
 * Whether all of a dump is in the store already: the same lineage or an import of it, every user, and every feed with the
 * dump's last event under its seq; the store may have newer events. False where there is no store, or an unused one.
 *
 * @throws OperatorError when the store has other content or its log is damaged.
 */
export function alreadyImported(dataDir: string, dump: CheckedDump, now: number): boolean {
  const path = join(dataDir, "parley.db");
  if (!existsSync(path)) return false;
  const file = new SqliteFile(path);
  try {
    refuseDamagedLog(file, path, now);
    const used = Number(file.get(USED, [LOBBY])?.[0]) > 0;
    const same = file.all(EPOCHS, []).some(([epoch]) => epoch === dump.meta.epoch);
    if (same && holdsAll(file, dump)) return true;
    if (!used) return false;
    throw new OperatorError(
      `The store in ${dataDir} holds other content. A whole export goes into a folder without a store: name one with ` +
        "--data-dir, or move this one away.",
    );
  } finally {
    file.close();
  }
}

function holdsAll(file: SqliteFile, { folder }: CheckedDump): boolean {
  for (const { text } of linesOf(join(folder, fileOf("users"))))
    if (!file.get(USER, [(JSON.parse(text) as UserLine).id])) return false;
  for (const { text } of linesOf(join(folder, fileOf("feeds")))) {
    const { feed, last, last_id } = JSON.parse(text) as FeedLine;
    const row = file.get(FEED, [feed]);
    if (!row) return false;
    const [no, floor] = row as [number, number];
    if (last <= floor) continue;
    const id = file.get(EVENT, [no, last])?.[0];
    if (!(id instanceof Uint8Array) || bytesToId(id) !== last_id) return false;
  }
  return true;
}
