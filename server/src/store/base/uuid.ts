const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));
const POOL = 4_000;
const EACH = 10;

/**
 * Makes UUIDv7 (RFC 9562, section 5.7) for times in milliseconds UTC. `random` fills bytes, of cryptographic quality: an
 * id must not be guessed. It is asked for many ids at once, because a call costs more than the bytes.
 */
export function uuidv7(random: (bytes: Uint8Array) => unknown): (at: number) => string {
  const pool = new Uint8Array(POOL);
  let used = POOL;
  let time = -1;
  let prefix = "";
  return (at) => {
    if (used >= POOL) {
      random(pool);
      used = 0;
    }
    if (at !== time) {
      const hex = at.toString(16).padStart(12, "0");
      prefix = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-7`;
      time = at;
    }
    const i = used;
    used += EACH;
    const byte = (n: number) => pool[i + n] as number;
    return (
      prefix +
      (HEX[byte(0)] as string) +
      (HEX[byte(1)] as string)[1] +
      "-" +
      HEX[(byte(2) & 0x3f) | 0x80] +
      HEX[byte(3)] +
      "-" +
      HEX[byte(4)] +
      HEX[byte(5)] +
      HEX[byte(6)] +
      HEX[byte(7)] +
      HEX[byte(8)] +
      HEX[byte(9)]
    );
  };
}
