import type { TimelineItem } from "@parley/sdk";
import { indexOfSeq } from "./message-order.ts";

/**
 * Where "new messages" begins: above the first message of others whose seq is above `above` and at most `until`.
 * `until` is null while the user is away; what comes while the user is reading is not new.
 */
export type NewLine = { readonly above: number; readonly until: number | null; readonly count: number };

type Now = {
  readonly read: { readonly seq: number; readonly unread: number };
  readonly head: number;
  /** The page is in sight and at the end. */
  readonly reading: boolean;
  /** The user drew the line, at a message that was read before. */
  readonly drawn?: boolean;
};

/** The line as it is now. It gives the same object as long as nothing moves it. */
export function moveLine(line: NewLine | null, { read, head, reading, drawn = false }: Now): NewLine {
  if (line === null) return { above: read.seq, until: reading ? head : null, count: read.unread };
  if (reading) return line.until === null ? { ...line, until: head } : line;
  if (line.until === null) {
    // Everything was read on another device, or the first position was out of date.
    if (read.unread === 0 && line.count > 0 && !drawn) return { above: read.seq, until: null, count: 0 };
    return read.unread > line.count ? { ...line, count: read.unread } : line;
  }
  // The user stops reading, and something comes: from here on it is new.
  return read.unread > 0 ? { above: read.seq, until: null, count: read.unread } : line;
}

/** The first new message, null where there is none or where it may lie in pages that are not loaded. */
export function firstNew(
  items: readonly TimelineItem[],
  line: NewLine,
  hasBefore: boolean,
): TimelineItem | null {
  if (line.count === 0) return null;
  const from = indexOfSeq(items, line.above + 1);
  if (from === 0 && hasBefore) return null;
  for (let at = from; at < items.length; at += 1) {
    const item = items[at];
    if (item === undefined || item.seq === null) return null;
    if (line.until !== null && item.seq > line.until) return null;
    if (!item.own) return item;
  }
  return null;
}
