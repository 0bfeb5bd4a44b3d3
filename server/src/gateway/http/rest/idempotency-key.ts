import { createHash } from "node:crypto";
import { type Fault, fault, LIMITS, type Nonce, UUID_PATTERN } from "@parley/protocol";

/** Part of every digest, so that no other use of SHA-256 gives the same ids. */
const PREFIX = "parley.idempotency-key.1\0";

/**
 * The nonce of a request. A key that is a UUID in lower case is the nonce itself, so that a command may be begun on one
 * wire and repeated on the other; any other key always gives the same nonce; without a key there is a new one.
 */
export function nonceOf(key: string | null, fresh: () => Nonce): Nonce | Fault {
  if (key === null) return fresh();
  if (key.length > LIMITS.idempotency_key || !/^[\x20-\x7e]+$/.test(key)) {
    return fault(
      "invalid",
      `Idempotency-Key: takes 1 to ${LIMITS.idempotency_key} printable ASCII characters.`,
    );
  }
  return UUID_PATTERN.test(key) ? key : derived(key);
}

/** An id that is a function of these texts: a UUIDv8 (RFC 9562, section 5.8) of their SHA-256. */
export function derived(...texts: readonly string[]): string {
  const bytes = createHash("sha256").update(PREFIX).update(texts.join("\0")).digest();
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString("hex", 0, 16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
