/**
 * Frames on the socket between a gateway and the store process: 4 bytes with the length of what follows, little-endian, one
 * byte that says what the frame is, 4 bytes with the number of the request, and the payload. Both sides are one version of
 * one program, started by one supervisor, so nothing is negotiated but the version.
 */

/** Bytes before the payload: length, kind, number. */
const PREFIX = 9;
/** Bytes that the length does not count: itself. */
const LENGTH = 4;

/**
 * The largest frame. A batch of 4,096 commands whose texts are the longest that the wire takes, all escaped, is below it;
 * a longer one means that the stream is damaged. Bytes.
 */
export const MOST_FRAME = 268_435_456;

/** What a frame is. `to` the store process, or from it. */
export const FRAME = {
  /** To: the name of the gateway and its version (JSON). The first frame. */
  hello: 1,
  /** To: a batch, packed by command-packing.ts. Answered by `committed` or `failed`. */
  commit: 2,
  /** To: a call of another method (calls.ts). Answered by `answer` or `failed`. */
  call: 3,
  /**
   * Both: a signal of the bus, which the store process passes on and does not read. To: behind a line with the name of the
   * gateway that it is for; an empty one is for all others.
   */
  signal: 4,
  /** From: epoch, durability and state of the store (JSON). Answers `hello`. */
  welcome: 16,
  /** From: what the batch came to, packed by packing.ts. */
  committed: 17,
  /** From: what the method returned (calls.ts). */
  answer: 18,
  /** From: the method threw; the payload is the message. */
  failed: 19,
  /** From: events that other gateways committed, packed by packing.ts as a batch without commands. */
  events: 20,
  /** From: this gateway was too slow, and events and signals were left out. */
  gap: 21,
  /** From: the state of the store changed (JSON). */
  state: 22,
  /** From: the names of the gateways that are connected (JSON), each time that one comes or goes. */
  nodes: 23,
} as const;

export type FrameKind = (typeof FRAME)[keyof typeof FRAME];

export type Frame = { readonly kind: number; readonly id: number; readonly payload: Buffer };

/** A frame whose payload is this text. */
export function frameOf(kind: FrameKind, id: number, text: string): Buffer {
  const bytes = Buffer.byteLength(text);
  const frame = Buffer.allocUnsafe(PREFIX + bytes);
  writePrefix(frame, kind, id, bytes);
  frame.write(text, PREFIX, "utf8");
  return frame;
}

/** A frame whose payload is this text and then these bytes, which several frames share. */
export function frameWith(kind: FrameKind, id: number, text: string, rest: Buffer): Buffer {
  const bytes = Buffer.byteLength(text);
  const frame = Buffer.allocUnsafe(PREFIX + bytes + rest.length);
  writePrefix(frame, kind, id, bytes + rest.length);
  frame.write(text, PREFIX, "utf8");
  rest.copy(frame, PREFIX + bytes);
  return frame;
}

function writePrefix(frame: Buffer, kind: FrameKind, id: number, bytes: number): void {
  frame.writeUInt32LE(PREFIX - LENGTH + bytes, 0);
  frame.writeUInt8(kind, LENGTH);
  frame.writeUInt32LE(id, LENGTH + 1);
}

/** Cuts a stream into frames. A frame that comes in many pieces is put together once, not again with each piece. */
export class FrameReader {
  readonly #onFrame: (frame: Frame) => void;
  #prefix = Buffer.allocUnsafe(LENGTH);
  #prefixLength = 0;
  #partial: Buffer | null = null;
  #filled = 0;

  constructor(onFrame: (frame: Frame) => void) {
    this.#onFrame = onFrame;
  }

  /** Takes the next bytes of the stream. @throws RangeError when they are no frame; nothing can be read after that. */
  push(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#partial === null) {
        if (this.#prefixLength === 0 && chunk.length - at >= LENGTH) {
          const length = lengthOf(chunk.readUInt32LE(at));
          const end = at + LENGTH + length;
          if (end <= chunk.length) {
            this.#emit(chunk.subarray(at + LENGTH, end));
            at = end;
            continue;
          }
          this.#partial = Buffer.allocUnsafe(length);
          at += LENGTH;
        } else {
          at += this.#fillPrefix(chunk, at);
          if (this.#prefixLength < LENGTH) return;
          this.#prefixLength = 0;
          this.#partial = Buffer.allocUnsafe(lengthOf(this.#prefix.readUInt32LE(0)));
        }
        this.#filled = 0;
      }
      const partial: Buffer = this.#partial;
      const taken = chunk.copy(partial, this.#filled, at);
      this.#filled += taken;
      at += taken;
      if (this.#filled < partial.length) return;
      this.#partial = null;
      this.#emit(partial);
    }
  }

  #fillPrefix(chunk: Buffer, at: number): number {
    const taken = chunk.copy(this.#prefix, this.#prefixLength, at, at + LENGTH - this.#prefixLength);
    this.#prefixLength += taken;
    return taken;
  }

  #emit(bytes: Buffer): void {
    this.#onFrame({
      kind: bytes.readUInt8(0),
      id: bytes.readUInt32LE(1),
      payload: bytes.subarray(PREFIX - LENGTH),
    });
  }
}

function lengthOf(length: number): number {
  if (length < PREFIX - LENGTH || length > MOST_FRAME)
    throw new RangeError(`A frame of ${length} bytes between gateway and store process`);
  return length;
}
