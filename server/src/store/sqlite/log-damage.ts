import { randomBytes } from "node:crypto";
import {
  closeSync,
  copyFileSync,
  existsSync,
  fstatSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, resolve } from "node:path";
import { newLineage } from "../transfer/lineage.ts";
import { sync } from "../transfer/sync-path.ts";
import type { SqliteFile } from "./engine/file.ts";

/** The format of SQLite's log (sqlite.org/fileformat2.html, section 4). */
const HEADER = 32;
const FRAME_HEADER = 24;
const MAGIC = 0x377f0682;
/** The offset of the two salts in the header of a frame. */
const SALTS = 8;

/**
 * Counts the commits in a log after the frames that recovery used. Recovery ends at the first damaged frame and does not
 * report the frames after it, although they were synced and acknowledged.
 *
 * One commit is no proof: a process or a machine that ends in the middle of a commit leaves its last frame half written, and
 * that commit was never acknowledged. A second commit starts only when the first is on the disk, so two are damage.
 */
export function commitsBehind(log: string, taken: number): number {
  if (!existsSync(log)) return 0;
  const descriptor = openSync(log, "r");
  try {
    const header = Buffer.alloc(HEADER);
    if (readSync(descriptor, header, 0, HEADER, 0) < HEADER) return 0;
    const pageSize = header.readUInt32BE(8);
    // A damaged header has no valid salts: then the salts of the frames show which of them belong together.
    const whole = (header.readUInt32BE(0) & ~1) === MAGIC && isPageSize(pageSize) && checks(header);
    const each = FRAME_HEADER + (isPageSize(pageSize) ? pageSize : 4_096);
    const frames = Math.floor((fstatSync(descriptor).size - HEADER) / each);
    const bySalts = new Map<string, number>();
    const frame = Buffer.alloc(FRAME_HEADER);
    for (let n = taken; n < frames; n++) {
      readSync(descriptor, frame, 0, FRAME_HEADER, HEADER + n * each);
      const isCommit = frame.readUInt32BE(0) > 0 && frame.readUInt32BE(4) > 0;
      const salts = frame.toString("latin1", SALTS, SALTS + 8);
      if (isCommit) bySalts.set(salts, (bySalts.get(salts) ?? 0) + 1);
    }
    // Frames with other salts are left from before the log started over.
    if (whole) return bySalts.get(header.toString("latin1", 16, 24)) ?? 0;
    return Math.max(0, ...bySalts.values());
  } finally {
    closeSync(descriptor);
  }
}

function isPageSize(size: number): boolean {
  return size >= 512 && size <= 65_536 && (size & (size - 1)) === 0;
}

/** Whether the header's checksum is right: over its first 24 bytes, in the byte order of the magic number. */
function checks(header: Buffer): boolean {
  const big = (header.readUInt32BE(0) & 1) === 1;
  const word = (at: number) => (big ? header.readUInt32BE(at) : header.readUInt32LE(at));
  let one = 0;
  let two = 0;
  for (let at = 0; at < 24; at += 8) {
    one = (one + word(at) + two) >>> 0;
    two = (two + word(at + 4) + one) >>> 0;
  }
  return one === header.readUInt32BE(24) && two === header.readUInt32BE(28);
}

/** The damage that a start found, in a file beside the store until the operator acknowledges it. */
export type LogDamage = {
  /** Milliseconds UTC. */
  readonly at: number;
  /** Commits that could not be read; each held one or more messages. */
  readonly commits: number;
  /** The log as it was found. */
  readonly kept: string;
};

const FILE = "log-damage.json";

/** Copies the log as it was found, and records the damage, which every start reports until it is acknowledged. */
function keepDamage(path: string, commits: number, now: number): void {
  const folder = dirname(path);
  const kept = `parley.db-wal.damaged-${now}`;
  copyFileSync(`${path}-wal`, join(folder, kept));
  sync(join(folder, kept));
  const damage: LogDamage = { at: now, commits, kept };
  writeFileSync(join(folder, `${FILE}.new`), `${JSON.stringify(damage)}\n`, { mode: 0o600 });
  sync(join(folder, `${FILE}.new`));
  renameSync(join(folder, `${FILE}.new`), join(folder, FILE));
  sync(folder);
}

/**
 * Before anything is written: compares the log with what recovery used of it, and keeps a damaged log. Returns whether
 * acknowledged commits are lost.
 */
export function commitsLost(file: SqliteFile, path: string, now: number): boolean {
  const [, taken] = file.checkpoint("NOOP");
  const commits = commitsBehind(`${path}-wal`, Math.max(0, taken));
  if (commits < 2) return false;
  keepDamage(path, commits, now);
  return true;
}

/** The damage that is not acknowledged; null when there is none. */
export function readDamage(dataDir: string): LogDamage | null {
  const path = join(dataDir, FILE);
  if (!existsSync(path)) return null;
  try {
    return JSON.parse(readFileSync(path, "utf8")) as LogDamage;
  } catch {
    return { at: 0, commits: 0, kept: FILE };
  }
}

/**
 * For all that opens a store to write to it without serving it: refuses a store with damage that is not acknowledged. Closing
 * the last connection removes the log, so what a start of the server would do is done here before: the log is kept, and the
 * store gets another lineage.
 *
 * @throws a message for the operator.
 */
export function refuseDamagedLog(file: SqliteFile, path: string, now: number): void {
  const folder = dirname(path);
  if (readDamage(folder) === null) {
    if (!commitsLost(file, path, now)) return;
    // Where every table is lost, there is no lineage to replace.
    if (file.get("SELECT 1 FROM sqlite_schema WHERE name = 'meta'", []))
      file.transaction(newLineage(randomBytes(16).toString("hex")));
  }
  throw new Error(
    `The log of the store in ${resolve(folder)} is damaged, and acknowledged commits of the store are lost (log-damage.json ` +
      "says how many). Nothing else was changed. Check the disk and restore a backup, or accept the loss with " +
      "`parley acknowledge`; then try again.",
  );
}

/** Marks the damage as acknowledged. Returns it, or null when there is none. */
export function acknowledgeDamage(dataDir: string): LogDamage | null {
  const damage = readDamage(dataDir);
  if (damage) {
    renameSync(join(dataDir, FILE), join(dataDir, `acknowledged-${damage.at}-${FILE}`));
    sync(dataDir);
  }
  return damage;
}
