import type { Platform } from "./platform.ts";

/** Makes ids that sort in the order they were made. */
export interface IdMaker {
  next(): string;
  /** Ids made from now on sort after `id`, independent of the clock. */
  follow(id: string): void;
}

/**
 * UUIDv7 (RFC 9562, section 5.7; the 12 bits after the version are a counter within the millisecond, section 6.2,
 * method 1). A clock that goes back does not change the order: the last millisecond is used on.
 *
 * @example
 * const ids = uuidMaker(browserPlatform());
 * const earlier = ids.next() < ids.next(); // true
 */
export function uuidMaker(platform: Pick<Platform, "now" | "randomBytes">): IdMaker {
  let time = 0;
  let counter = 0;
  return {
    next() {
      const now = platform.now();
      const bytes = platform.randomBytes(10);
      if (now > time) {
        time = now;
        // Half of the counter's range is left for ids of the same millisecond.
        counter = ((bytes[0]! << 8) | bytes[1]!) & 0x7ff;
      } else if (++counter > 0xfff) {
        time++;
        counter = 0;
      }
      const head = time.toString(16).padStart(12, "0");
      const tail = hex(bytes.subarray(4));
      const variant = (0x8000 | (((bytes[2]! << 8) | bytes[3]!) & 0x3fff)).toString(16);
      const count = counter.toString(16).padStart(3, "0");
      return `${head.slice(0, 8)}-${head.slice(8)}-7${count}-${variant}-${tail}`;
    },
    follow(id) {
      const then = Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
      if (!(then >= time)) return;
      time = then;
      // The next one is in a later millisecond, so the counter of `id` does not matter.
      counter = 0xfff;
    },
  };
}

/**
 * A short name for a token, to keep the outboxes of several people in one browser apart. FNV-1a, 64 bits
 * (draft-eastlake-fnv); no secret is made of it. Not crypto.subtle: that is missing on pages without https.
 */
export function digest(text: string): string {
  let hash = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(text)) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  }
  return hash.toString(16).padStart(16, "0");
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
