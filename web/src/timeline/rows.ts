import type { TimelineItem } from "@parley/sdk";
import { dayKey } from "../text/time.ts";

/** What stands under each other in a timeline. */
export type Row =
  | { readonly kind: "day"; readonly key: string; readonly at: number }
  | {
      readonly kind: "message";
      readonly key: string;
      readonly item: TimelineItem;
      /** The first of its author's run: it carries face, name and time. */
      readonly lead: boolean;
    };

/** A pause of this many milliseconds begins a new run of the same author. */
const PAUSE = 5 * 60_000;

/** Messages, in the order given, with days between them and grouped by author. */
export function rowsOf(items: readonly TimelineItem[]): Row[] {
  const rows: Row[] = [];
  let before: TimelineItem | null = null;
  for (const item of items) {
    const newDay = before === null || dayKey(before.at) !== dayKey(item.at);
    if (newDay) rows.push({ kind: "day", key: `day ${item.key}`, at: item.at });
    rows.push({
      kind: "message",
      key: item.key,
      item,
      lead: newDay || before === null || leads(item, before),
    });
    before = item;
  }
  return rows;
}

function leads(item: TimelineItem, before: TimelineItem): boolean {
  return (
    item.author !== before.author ||
    item.name !== before.name ||
    item.walkIn !== before.walkIn ||
    item.replyTo !== null ||
    item.at - before.at > PAUSE
  );
}
