import type { EventKind, FeedId, WireEvent } from "@parley/protocol";
import type { Signal } from "./bus.ts";

/**
 * A message between nodes. First line: version, epoch, node, number. Then for each feed a line `E feed events bytes` and a line
 * `seq id kind text` for each event, and for each signal a line `S json`. Texts of events are JSON already, so nothing is
 * parsed or encoded again, and a feed that is not followed is passed over by its number of bytes.
 *
 * A node reads this version and the one before, so that a release works beside the one before it.
 */
const VERSION = "1";

export type MessageHeader = {
  readonly epoch: string;
  readonly node: string;
  /** Counts the messages of this node to this channel, from 1. */
  readonly number: number;
};

export function encodeMessage({ epoch, node, number }: MessageHeader, items: readonly string[]): string {
  return `${VERSION} ${epoch} ${node} ${number}\n${items.join("")}`;
}

/** The events of one feed, as a part of a message. */
export function encodeEvents(feed: FeedId, events: readonly WireEvent[]): string {
  let lines = "";
  for (const { seq, id, kind, text } of events) lines += `${seq} ${id} ${kind} ${text}\n`;
  return `E ${feed} ${events.length} ${Buffer.byteLength(lines)}\n${lines}`;
}

export function encodeSignal(signal: Signal): string {
  return `S ${JSON.stringify(signal)}\n`;
}

const NEWLINE = 10;
const SPACE = 32;

/** Reads a message part by part. Each method throws when the bytes are not what it expects. */
export class MessageReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  header(): MessageHeader {
    const [version, epoch = "", node = "", number = ""] = this.#line().split(" ");
    if (version !== VERSION) throw new Error(`a message of version ${version?.slice(0, 20)}`);
    return { epoch, node, number: wholeNumber(number) };
  }

  /** Calls the handlers for each part, in order. Events of feeds that are not wanted are passed over. */
  read(
    wants: (feed: FeedId) => boolean,
    onEvents: (feed: FeedId, events: readonly WireEvent[]) => void,
    onSignal: (signal: Signal) => void,
  ): void {
    while (this.#at < this.#bytes.length) {
      const line = this.#line();
      if (line.startsWith("S ")) onSignal(JSON.parse(line.slice(2)) as Signal);
      else this.#events(line, wants, onEvents);
    }
  }

  #events(
    line: string,
    wants: (feed: FeedId) => boolean,
    onEvents: (feed: FeedId, events: readonly WireEvent[]) => void,
  ): void {
    const [mark, feed = "", count = "", bytes = ""] = line.split(" ");
    if (mark !== "E") throw new Error(`a part ${line.slice(0, 20)}`);
    const end = this.#at + wholeNumber(bytes);
    if (end > this.#bytes.length) throw new Error("a message that ends too early");
    if (!wants(feed)) {
      this.#at = end;
      return;
    }
    const events: WireEvent[] = [];
    for (let left = wholeNumber(count); left > 0; left--) events.push(this.#event());
    if (this.#at !== end) throw new Error("a wrong number of bytes");
    onEvents(feed, events);
  }

  /** Each text is decoded by itself: a slice of a larger text would keep all of it in memory. */
  #event(): WireEvent {
    const seq = wholeNumber(this.#upTo(SPACE));
    const id = this.#upTo(SPACE);
    const kind = this.#upTo(SPACE) as EventKind;
    return { seq, id, kind, text: this.#upTo(NEWLINE) };
  }

  #line(): string {
    return this.#upTo(NEWLINE);
  }

  #upTo(byte: number): string {
    const end = this.#bytes.indexOf(byte, this.#at);
    if (end < 0) throw new Error("a message that ends too early");
    const text = this.#bytes.toString("utf8", this.#at, end);
    this.#at = end + 1;
    return text;
  }
}

function wholeNumber(text: string): number {
  const number = Number(text);
  if (text === "" || !Number.isSafeInteger(number) || number < 0) throw new Error("a number that is none");
  return number;
}
