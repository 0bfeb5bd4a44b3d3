import { closeSync, openSync, rmSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";

/** SQLite's codes: a write failed, the disk is full. */
const IOERR_WRITE = 10 | (3 << 8);
const FULL = 13;
/** More than what a file may still get in a block that counts already. */
const PROBE = new Uint8Array(64 * 1_024);

/**
 * SQLite tells a full disk (ENOSPC) from a broken one, and takes a quota that is used up (EDQUOT) for a broken one. Both
 * fail before anything was written. So after a failed write a file of 64 KiB is written beside the store: when that fails
 * with EDQUOT, the error gets the code of a full disk. Whatever else it says, the error stays what it was.
 */
export function withQuota(error: unknown, path: string): unknown {
  if (typeof error !== "object" || error === null || !("errcode" in error)) return error;
  if (error.errcode !== IOERR_WRITE || !quotaUsedUp(dirname(path))) return error;
  return Object.assign(error, { errcode: FULL });
}

function quotaUsedUp(folder: string): boolean {
  const probe = join(folder, `quota-probe-${process.pid}`);
  let descriptor: number | undefined;
  try {
    descriptor = openSync(probe, "w", 0o600);
    writeSync(descriptor, PROBE, 0, PROBE.length, 0);
    return false;
  } catch (error) {
    return (error as { code?: string }).code === "EDQUOT";
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
    rmSync(probe, { force: true });
  }
}
