/**
 * Descriptors that are kept from sockets: for the store, log files, HTTP (health checks above all) and sockets that are
 * being refused. A tenth of the limit, at least 128, and of a small limit half.
 */
function reserveOf(descriptors: number): number {
  return Math.max(Math.min(128, Math.floor(descriptors / 2)), Math.floor(descriptors / 10));
}

/**
 * How many sockets are taken at once: as many as are configured, or as the process may have descriptors for
 * (`descriptors`, null where the system sets no limit or does not say). At the limit itself no connection could be
 * accepted, so health checks would hang and a supervisor would end a server that works.
 */
export function socketLimit(configured: number, descriptors: number | null): number {
  if (descriptors === null) return configured;
  return Math.max(1, Math.min(configured, descriptors - reserveOf(descriptors)));
}
