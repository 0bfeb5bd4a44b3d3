import { closeSync, openSync, rmSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";

/** SQLite's codes: a write failed, the disk is full. */
const IOERR_WRITE = 10 | (3 << 8);
const FULL = 13;
/** More than the rest of a block that is allocated already. */
const PROBE = new Uint8Array(64 * 1_024);

/**
 * SQLite distinguishes a full disk (ENOSPC) from an I/O error, and reports a used-up quota (EDQUOT) as an I/O error. Both
 * fail before anything was written. So after a failed write a file of 64 KiB is written beside the store: if that fails with
 * EDQUOT, the error gets the code of a full disk. With any other result the error stays as it is.
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
