import type { FeedLog, Known } from "./feed-log.ts";
import { type Header, OPCODE, readHeader } from "./frames.ts";

/** Who hears what a stream of frames comes to. */
export interface Listener<Who> {
  /** The next events of the member's feed, byte for byte what another member got. The cursor stands behind them already. */
  same(who: Who, known: Known<Who>): void;
  /** Any other text frame. `raw` is header and payload, good until the call returns. */
  text(who: Who, payload: string, raw: Buffer): void;
  /** Ping or close. */
  control(who: Who, opcode: number, payload: Buffer): void;
}

/**
 * Cuts one member's bytes into frames, whatever the borders of the chunks. The frame that its feed expects next is
 * compared in place and never copied; everything else is put together first.
 */
export class FrameStream<Who> {
  /** The last seq read of the feed. */
  cursor = 0;
  readonly #who: Who;
  readonly #log: FeedLog<Who>;
  readonly #listener: Listener<Who>;
  /** Half a frame that has so far been equal to the expected one, up to `#matched`. */
  #expected: Known<Who> | null = null;
  #matched = 0;
  /** Half a frame of any other kind. */
  #tail: Buffer | null = null;
  #tailLength = 0;
  /** The parts of a fragmented text message so far. */
  #parts: Buffer[] = [];

  constructor(who: Who, log: FeedLog<Who>, listener: Listener<Who>) {
    this.#who = who;
    this.#log = log;
    this.#listener = listener;
  }

  /** Takes the bytes from `start` to `end`; they may be overwritten when the call returns. */
  read(bytes: Buffer, start: number, end: number): void {
    let at = start;
    if (this.#expected) at = this.#goOn(this.#expected, bytes, at, end);
    if (this.#tail) at = this.#complete(bytes, at, end);
    while (at < end) {
      const known = this.#log.after(this.cursor);
      if (known) {
        const size = Math.min(known.raw.length, end - at);
        if (bytes.compare(known.raw, 0, size, at, at + size) === 0) {
          if (size < known.raw.length) {
            this.#expected = known;
            this.#matched = size;
            return;
          }
          at += size;
          this.#accept(known);
          continue;
        }
      }
      const header = readHeader(bytes, at, end);
      const next = header ? at + header.size + header.length : Number.POSITIVE_INFINITY;
      if (!header || next > end) {
        this.#keep(bytes, at, end, header);
        return;
      }
      this.#frame(header, bytes, at, next);
      at = next;
    }
  }

  #accept(known: Known<Who>): void {
    this.cursor += known.count;
    this.#listener.same(this.#who, known);
  }

  /** More bytes of a frame that began like the expected one. */
  #goOn(known: Known<Who>, bytes: Buffer, at: number, end: number): number {
    const size = Math.min(known.raw.length - this.#matched, end - at);
    const from = this.#matched;
    this.#expected = null;
    if (bytes.compare(known.raw, from, from + size, at, at + size) !== 0) {
      // It only began alike: what was equal is what had been read.
      this.#keep(known.raw, 0, from, readHeader(known.raw, 0, from));
      return at;
    }
    if (from + size < known.raw.length) {
      this.#expected = known;
      this.#matched = from + size;
    } else this.#accept(known);
    return at + size;
  }

  /** Starts a tail with room for the whole frame where its length is known. */
  #keep(bytes: Buffer, at: number, end: number, header: Header | null): void {
    this.#tail = Buffer.allocUnsafe(header ? header.size + header.length : 14);
    this.#tailLength = bytes.copy(this.#tail, 0, at, end);
  }

  /** Adds bytes to the tail until it is a frame; returns where the next frame begins. */
  #complete(bytes: Buffer, at: number, end: number): number {
    while (this.#tail && at < end) {
      const header = readHeader(this.#tail, 0, this.#tailLength);
      // Without a header yet, byte by byte: the frame may end right behind it.
      const size = header ? header.size + header.length : this.#tailLength + 1;
      if (this.#tail.length < size) {
        const larger = Buffer.allocUnsafe(size);
        this.#tail.copy(larger, 0, 0, this.#tailLength);
        this.#tail = larger;
      }
      const taken = bytes.copy(this.#tail, this.#tailLength, at, Math.min(end, at + size - this.#tailLength));
      this.#tailLength += taken;
      at += taken;
      const whole = header ?? readHeader(this.#tail, 0, this.#tailLength);
      if (whole && this.#tailLength === whole.size + whole.length) {
        const frame = this.#tail;
        this.#tail = null;
        this.#frame(whole, frame, 0, this.#tailLength);
      }
    }
    return at;
  }

  #frame(header: Header, bytes: Buffer, at: number, next: number): void {
    const payload = bytes.subarray(at + header.size, next);
    switch (header.opcode) {
      case OPCODE.text:
      case OPCODE.continuation: {
        if ((header.opcode === OPCODE.continuation) !== this.#parts.length > 0) {
          throw new Error("A fragment came out of turn.");
        }
        if (header.fin && this.#parts.length === 0) {
          this.#listener.text(this.#who, payload.toString("utf8"), bytes.subarray(at, next));
          return;
        }
        this.#parts.push(Buffer.from(payload));
        if (!header.fin) return;
        const whole = Buffer.concat(this.#parts);
        this.#parts = [];
        this.#listener.text(this.#who, whole.toString("utf8"), whole);
        return;
      }
      case OPCODE.close:
      case OPCODE.ping:
      case OPCODE.pong:
        this.#listener.control(this.#who, header.opcode, payload);
        return;
      default:
        throw new Error(`A frame of opcode ${header.opcode}.`);
    }
  }
}
