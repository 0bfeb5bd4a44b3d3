import type { CommandBody } from "@parley/protocol";

/**
 * Tells whether a nonce comes again with the same fields: 52 bits of them, in any order, absent ones left out.
 *
 * It needs no cryptography: a digest is compared only with the one that the same author left under the same nonce, so
 * there is no birthday bound, and a client that built a collision would lose a message of its own. A client that reuses a
 * nonce by mistake goes unnoticed once in 2^52. It stays when a message is deleted, so it should not say more about the
 * text than it must.
 */
export function digest(body: CommandBody): number {
  const fields = body as Readonly<{ [name: string]: unknown }>;
  let sum = 0;
  for (const name in fields) {
    const value = fields[name];
    if (value === undefined) continue;
    // Text and JSON must not look alike: a list of one is not its element. No name holds a colon or an equals sign.
    const hash =
      typeof value === "string" ? hash52(`${name}:`, value) : hash52(`${name}=`, JSON.stringify(value));
    // A sum does not depend on the order, and two numbers of 52 bits add up exactly.
    sum = (sum + hash) % 2 ** 52;
  }
  return sum;
}

/** Two multiplicative hashes of 32 bits, mixed with the finalizer of MurmurHash3 (cyrb53, public domain). */
function hash52(name: string, text: string): number {
  let one = 0xdeadbeef;
  let two = 0x41c6ce57;
  for (let i = 0; i < name.length; i++) {
    const unit = name.charCodeAt(i);
    one = Math.imul(one ^ unit, 2654435761);
    two = Math.imul(two ^ unit, 1597334677);
  }
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    one = Math.imul(one ^ unit, 2654435761);
    two = Math.imul(two ^ unit, 1597334677);
  }
  one = Math.imul(one ^ (one >>> 16), 2246822507) ^ Math.imul(two ^ (two >>> 13), 3266489909);
  two = Math.imul(two ^ (two >>> 16), 2246822507) ^ Math.imul(one ^ (one >>> 13), 3266489909);
  return 4294967296 * (1048575 & two) + (one >>> 0);
}
