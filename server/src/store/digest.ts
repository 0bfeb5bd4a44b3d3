import type { CommandBody } from "@parley/protocol";

/**
 * Tells whether a nonce comes again with the same fields. 53 bits, of the fields in the order of their names, absent ones
 * left out.
 *
 * It needs no cryptography: a digest is compared only with the one that the same author left under the same nonce, so
 * there is no birthday bound, and whoever built a collision would lose a message of their own. A client that reuses a
 * nonce by mistake goes unnoticed once in 2^53. It stays when a message is deleted, so it should not say more about the
 * text than it must.
 */
export function digest(body: CommandBody): number {
  const fields = body as Readonly<Record<string, unknown>>;
  let canonical = "";
  for (const key of Object.keys(fields).sort()) {
    const value = fields[key];
    if (typeof value === "string") canonical += `${key}"${value.length}"${value}`;
    else if (value !== undefined) canonical += `${key}${JSON.stringify(value)},`;
  }
  return hash53(canonical);
}

/** Two multiplicative hashes of 32 bits, mixed with the finalizer of MurmurHash3 (cyrb53, public domain). */
function hash53(text: string): number {
  let one = 0xdeadbeef;
  let two = 0x41c6ce57;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    one = Math.imul(one ^ unit, 2654435761);
    two = Math.imul(two ^ unit, 1597334677);
  }
  one = Math.imul(one ^ (one >>> 16), 2246822507) ^ Math.imul(two ^ (two >>> 13), 3266489909);
  two = Math.imul(two ^ (two >>> 16), 2246822507) ^ Math.imul(one ^ (one >>> 13), 3266489909);
  return 4294967296 * (2097151 & two) + (one >>> 0);
}
