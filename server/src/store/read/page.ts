import type { Message } from "@parley/protocol";
import type { Where } from "../store.ts";
import type { Reads } from "./asks.ts";

/** The largest size of the messages of a page as JSON; one large message may exceed it. Bytes. */
export const PAGE_BYTES = 262_144;

/** Hands messages below a seq, or from it on, to `taker`: the nearest first, at most `limit`. */
type Read = (seq: number, limit: number, taker: MessageTaker) => Reads<void>;

type PageSlice = { readonly messages: Message[]; readonly before: boolean; readonly after: boolean };

/** Selects a page of a room's messages, oldest first, and whether there is more on either side. */
export function* pageOf(where: Where, below: Read, from: Read): Reads<PageSlice> {
  const { limit } = where;
  if (where.after !== undefined) {
    const found = yield* taken(from, where.after + 1, limit);
    const before = (yield* taken(below, where.after + 1, 1)).messages.length > 0;
    return { messages: found.messages, before, after: found.more };
  }
  if (where.around !== undefined) return yield* around(where.around, limit, below, from);
  const found = yield* taken(below, where.before ?? Number.MAX_SAFE_INTEGER, limit);
  const after = where.before !== undefined && (yield* taken(from, where.before, 1)).messages.length > 0;
  return { messages: found.messages.reverse(), before: found.more, after };
}

/** Half on each side of `seq`, which belongs to the later half; a short side is filled from the other. */
function* around(seq: number, limit: number, below: Read, from: Read): Reads<PageSlice> {
  const older = yield* taken(below, seq, limit);
  const newer = yield* taken(from, seq, limit);
  const half = Math.floor(limit / 2);
  const takeNewer = Math.min(newer.messages.length, Math.max(limit - half, limit - older.messages.length));
  const takeOlder = Math.min(older.messages.length, limit - takeNewer);
  return {
    messages: [...older.messages.slice(0, takeOlder).reverse(), ...newer.messages.slice(0, takeNewer)],
    before: older.more || older.messages.length > takeOlder,
    after: newer.more || newer.messages.length > takeNewer,
  };
}

/** The first messages, as many as `limit` and PAGE_BYTES allow, and whether more follow. */
function* taken(read: Read, seq: number, limit: number): Reads<MessageTaker> {
  const taker = new MessageTaker(limit);
  yield* read(seq, limit + 1, taker);
  return taker;
}

/** Takes messages until there are `limit`, or PAGE_BYTES of them; one large message may exceed it. */
export class MessageTaker {
  readonly messages: Message[] = [];
  /** Whether more follow. */
  more = false;
  readonly #limit: number;
  #size = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** False when it has enough. */
  take(message: Message): boolean {
    this.#size += bytesOf(message);
    this.more = this.messages.length >= this.#limit || (this.messages.length > 0 && this.#size > PAGE_BYTES);
    if (!this.more) this.messages.push(message);
    return !this.more;
  }
}

/**
 * The page with as many messages as fit into PAGE_BYTES together with their reactions: those nearest to the requested
 * position.
 */
export function fitted({ messages, before, after }: PageSlice, where: Where): PageSlice {
  const sizes = messages.map(bytesOf);
  let first = 0;
  let end = messages.length;
  let size = sizes.reduce((sum, bytes) => sum + bytes, 0);
  const at = messages.findIndex(({ seq }) => seq >= (where.around ?? 0));
  while (size > PAGE_BYTES && end - first > 1) {
    const older = where.after === undefined && (where.around === undefined || at - first >= end - 1 - at);
    size -= (older ? sizes[first++] : sizes[--end]) as number;
  }
  return {
    messages: messages.slice(first, end),
    before: before || first > 0,
    after: after || end < messages.length,
  };
}

function bytesOf(message: Message): number {
  return Buffer.byteLength(JSON.stringify(message)) + 1;
}
