import type { FeedId, Placed } from "@parley/protocol";
import { bytesToId, ID_BYTES, idToBytes, timeOf } from "./compact-id.ts";

/** Where an event of an answer stands: the number of its feed, its seq and its id. */
export type StoredPosition = { readonly no: number; readonly seq: number; readonly id: string };

/** Bytes of a place, at most: two numbers below 2^53 in groups of seven bits, and the id. */
const MOST = 8 + 8 + ID_BYTES;

/**
 * An answer as a nonce keeps it: for each event, in order, the number of its feed and its seq (each in groups of seven
 * bits, the lowest first, the eighth bit set on all but the last) and the 16 bytes of its id. Empty: nothing changed.
 */
export function writeNonceResult(placed: readonly Placed[], numberOf: (feed: FeedId) => number): Uint8Array {
  const bytes = new Uint8Array(placed.length * MOST);
  let to = 0;
  for (const { feed, seq, id } of placed) {
    to = writeNumber(bytes, to, numberOf(feed));
    to = writeNumber(bytes, to, seq);
    const packed = idToBytes(id);
    if (packed.length !== ID_BYTES) throw new Error(`An event has the id "${id}", which is not a UUID`);
    bytes.set(packed, to);
    to += ID_BYTES;
  }
  return bytes.subarray(0, to);
}

export function readNonceResult(bytes: Uint8Array): StoredPosition[] {
  const places: StoredPosition[] = [];
  let from = 0;
  const number = () => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[from++];
      if (byte === undefined) throw new Error("An answer is cut off");
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  while (from < bytes.length) {
    const no = number();
    const seq = number();
    if (from + ID_BYTES > bytes.length) throw new Error("An answer is cut off");
    places.push({ no, seq, id: bytesToId(bytes.subarray(from, from + ID_BYTES)) });
    from += ID_BYTES;
  }
  return places;
}

/** As `readNonceResult`, for the doctor: null where the bytes are none. */
export function answerIfWhole(bytes: unknown): StoredPosition[] | null {
  try {
    return bytes instanceof Uint8Array ? readNonceResult(bytes) : null;
  } catch {
    return null;
  }
}

/**
 * When an answer was first given, milliseconds UTC, as its row keeps it: null where the ids say it. An id carries the time
 * of its event, and an answer the time of its newest event.
 */
export function writeTime(at: number, placed: readonly Pick<Placed, "id">[]): number | null {
  return at === newest(placed) ? null : at;
}

export function readTime(at: number | null, placed: readonly Pick<Placed, "id">[]): number {
  return at ?? newest(placed);
}

function newest(placed: readonly Pick<Placed, "id">[]): number {
  let time = -1;
  for (const { id } of placed) time = Math.max(time, timeOf(idToBytes(id)));
  return time;
}

function writeNumber(into: Uint8Array, at: number, value: number): number {
  let rest = value;
  let to = at;
  while (rest > 127) {
    into[to++] = (rest % 128) | 128;
    rest = Math.floor(rest / 128);
  }
  into[to++] = rest;
  return to;
}
