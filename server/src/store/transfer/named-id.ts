import { createHash } from "node:crypto";

/** Part of every digest, so that no other use of SHA-256 gives the same ids. */
const PREFIX = "parley.import.1";

/** An id that is a function of these texts: a UUIDv8 (RFC 9562, section 5.8) of their SHA-256. */
export function namedId(...texts: readonly string[]): string {
  const bytes = createHash("sha256")
    .update(JSON.stringify([PREFIX, ...texts]))
    .digest();
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString("hex", 0, 16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
