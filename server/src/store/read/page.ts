import type { Message } from "@parley/protocol";
import type { Where } from "../store.ts";

/** The largest size of the messages of a page as JSON; one large message may exceed it. Bytes. */
export const PAGE_BYTES = 262_144;

/** Reads messages below a seq or from it on, the nearest first, at most `limit`. Rows that the caller does not take are not read. */
type Read = (seq: number, limit: number) => Iterable<Message>;

type PageSlice = { readonly messages: Message[]; readonly before: boolean; readonly after: boolean };

/** Selects a page of a room's messages, oldest first, and whether there is more on either side. */
export function pageOf(where: Where, below: Read, from: Read): PageSlice {
  const { limit } = where;
  if (where.after !== undefined) {
    const found = taken(from(where.after + 1, limit + 1), limit);
    const before = taken(below(where.after + 1, 1), 1).messages.length > 0;
    return { messages: found.messages, before, after: found.more };
  }
  if (where.around !== undefined) return around(where.around, limit, below, from);
  const found = taken(below(where.before ?? Number.MAX_SAFE_INTEGER, limit + 1), limit);
  const after = where.before !== undefined && taken(from(where.before, 1), 1).messages.length > 0;
  return { messages: found.messages.reverse(), before: found.more, after };
}

/** Half on each side of `seq`, which belongs to the later half; a short side is filled from the other. */
function around(seq: number, limit: number, below: Read, from: Read): PageSlice {
  const older = taken(below(seq, limit + 1), limit);
  const newer = taken(from(seq, limit + 1), limit);
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
function taken(found: Iterable<Message>, limit: number): { messages: Message[]; more: boolean } {
  const messages: Message[] = [];
  let size = 0;
  for (const message of found) {
    size += bytesOf(message);
    if (messages.length >= limit || (messages.length > 0 && size > PAGE_BYTES))
      return { messages, more: true };
    messages.push(message);
  }
  return { messages, more: false };
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
