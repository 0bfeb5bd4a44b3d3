/**
 * What an error means for the engine. `lost`: the connection is of no use; whether a COMMIT that was sent took effect is
 * unknown. `again`: the transaction was rolled back for a reason that passes (a deadlock, a lock that took too long).
 * `full`: the disk of the database is full, nothing was written. `other`: this transaction was rolled back, and would be again.
 */
export type Failure = "lost" | "again" | "full" | "other";

/** The connection ended, or no answer came. Codes of PostgreSQL have five characters, so this is none. */
export const LOST = "PARLEY_LOST";

/** SQLSTATE (postgresql.org/docs/current/errcodes-appendix.html). */
const AGAIN = new Set([
  "40001", // serialization_failure
  "40P01", // deadlock_detected
  "55P03", // lock_not_available: lock_timeout
  "57014", // query_canceled: statement_timeout
]);
const LOST_CODES = new Set([
  "25006", // read_only_sql_transaction: the server became a standby
  "25P03", // idle_in_transaction_session_timeout
  "53300", // too_many_connections
  "57P01", // admin_shutdown
  "57P02", // crash_shutdown
  "57P03", // cannot_connect_now
  "57P05", // idle_session_timeout
]);
const DISK_FULL = "53100";

export function failure(error: unknown): Failure {
  const code = codeOf(error);
  if (AGAIN.has(code)) return "again";
  if (code === DISK_FULL) return "full";
  if (code === LOST || code.startsWith("08") || LOST_CODES.has(code)) return "lost";
  // SQLSTATE has five characters; anything else came from the socket.
  return /^[0-9A-Z]{5}$/.test(code) || code === "" ? "other" : "lost";
}

export function codeOf(error: unknown): string {
  return typeof error === "object" && error !== null && "code" in error ? String(error.code) : "";
}

export function lost(message: string, cause?: unknown): Error {
  return Object.assign(new Error(message, { cause }), { code: LOST });
}
