/** Bytes of an id in its row. */
export const ID_BYTES = 16;
const TEXT = 36;
/** In front of what is not a UUID in lower case, so that it is longer than one and comes back as it was. */
const OTHER = "~".repeat(ID_BYTES + 1);
const HYPHEN = 45;
const ZERO = 48;
const SMALL_A = 97;

/** The value of a digit by its character code, 255 where it is none. */
const VALUE = new Uint8Array(65_536).fill(255);
/** The character codes of the digits. */
const DIGIT = new Uint8Array(16);
for (let value = 0; value < 16; value++) {
  const code = value < 10 ? ZERO + value : SMALL_A + value - 10;
  VALUE[code] = value;
  DIGIT[value] = code;
}

/**
 * An id as its row holds it: the 16 bytes of a UUID in place of 36 characters. Any other text, which only a store of
 * another origin has, is kept whole. Bytes order as the texts do: time first.
 */
export function idToBytes(id: string): Uint8Array {
  const bytes = new Uint8Array(ID_BYTES);
  return packId(id, bytes, 0) ? bytes : new TextEncoder().encode(OTHER + id);
}

/** Writes the bytes of an id from `at` on. False when it is not a UUID in lower case: what was written is worth nothing. */
export function packId(id: string, into: Uint8Array, at: number): boolean {
  if (id.length !== TEXT) return false;
  let to = at;
  let seen = 0;
  for (let i = 0; i < TEXT; i += 2) {
    if (i === 8 || i === 13 || i === 18 || i === 23) {
      if (id.charCodeAt(i) !== HYPHEN) return false;
      i++;
    }
    const high = VALUE[id.charCodeAt(i)] as number;
    const low = VALUE[id.charCodeAt(i + 1)] as number;
    seen |= high | low;
    into[to++] = (high << 4) | low;
  }
  return seen < 16;
}

const scratch = Buffer.alloc(TEXT, HYPHEN);

/** The text of an id that `idToBytes` packed. */
export function bytesToId(bytes: Uint8Array): string {
  if (bytes.length !== ID_BYTES) return Buffer.from(bytes).toString("utf8", OTHER.length);
  let to = 0;
  for (let i = 0; i < ID_BYTES; i++) {
    if (i === 4 || i === 6 || i === 8 || i === 10) to++;
    const byte = bytes[i] as number;
    scratch[to++] = DIGIT[byte >> 4] as number;
    scratch[to++] = DIGIT[byte & 15] as number;
  }
  return scratch.toString("latin1");
}

/** The time in the text of a UUIDv7, milliseconds UTC. */
export function timeOf(id: string): number {
  let time = 0;
  for (let i = 0; i < 13; i++) if (i !== 8) time = time * 16 + (VALUE[id.charCodeAt(i)] as number);
  return time;
}
