import type { TimelineItem } from "@parley/sdk";

/** The place of the first item at this seq or above it. Items ascend by seq; those without one are at the end. */
export function indexOfSeq(items: readonly TimelineItem[], seq: number): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((items[middle]?.seq ?? Number.POSITIVE_INFINITY) < seq) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The newest seq, null where there is none. Looks from the end: what waits to be sent has none. */
export function newestSeq(items: readonly TimelineItem[]): number | null {
  for (let at = items.length - 1; at >= 0; at -= 1) {
    const seq = items[at]?.seq;
    if (seq != null) return seq;
  }
  return null;
}

/** Messages of others above a seq that are not deleted, oldest first. */
export function othersAbove(items: readonly TimelineItem[], seq: number): TimelineItem[] {
  return items
    .slice(indexOfSeq(items, seq + 1))
    .filter((item) => item.seq !== null && !item.own && !item.deleted);
}
