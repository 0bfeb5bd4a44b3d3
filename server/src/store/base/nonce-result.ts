import type { FeedId, Placed } from "@parley/protocol";
import { bytesToId, ID_BYTES, packId, timeOf } from "./compact-id.ts";

/** The position of an event of an answer: the number of its feed, its seq and its id. */
export type StoredPosition = { readonly no: number; readonly seq: number; readonly id: string };

/**
 * An answer as a nonce keeps it: for each event, in order, the number of its feed and its seq (each in groups of seven
 * bits, the lowest first, the eighth bit set on all but the last) and the 16 bytes of its id. Empty: nothing changed.
 */
export function writeNonceResult(placed: readonly Placed[], numberOf: (feed: FeedId) => number): Uint8Array {
  let length = 0;
  for (const { feed, seq } of placed) length += sizeOf(numberOf(feed)) + sizeOf(seq) + ID_BYTES;
  const bytes = new Uint8Array(length);
  let to = 0;
  for (const { feed, seq, id } of placed) {
    to = writeNumber(bytes, to, numberOf(feed));
    to = writeNumber(bytes, to, seq);
    if (!packId(id, bytes, to)) throw new Error(`An event has the id "${id}", which is not a UUID`);
    to += ID_BYTES;
  }
  return bytes;
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
  for (const { id } of placed) time = Math.max(time, timeOf(id));
  return time;
}

/** Bytes of a number below 2^53 in groups of seven bits. */
function sizeOf(value: number): number {
  let size = 1;
  for (let limit = 128; value >= limit; limit *= 128) size++;
  return size;
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
