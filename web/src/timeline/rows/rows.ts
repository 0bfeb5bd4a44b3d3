import type { Notice, TimelineItem } from "@parley/sdk";
import { dayKey } from "../../text/time.ts";

/** The rows of a timeline, from top to bottom. */
export type TimelineRow =
  | { readonly kind: "day"; readonly key: string; readonly at: number }
  /** What follows was not read yet when the room was opened. */
  | { readonly kind: "new"; readonly key: string }
  /** Something that happened and is no message. */
  | { readonly kind: "notice"; readonly key: string; readonly notice: Notice }
  | {
      readonly kind: "message";
      readonly key: string;
      readonly item: TimelineItem;
      /** The first of its author's run: it carries face, name and time. */
      readonly lead: boolean;
    };

/** A pause of this many milliseconds begins a new run of the same author. */
const GROUP_GAP = 5 * 60_000;

type RowContext = {
  /** The message above the first one, if it is known. */
  readonly above?: TimelineItem | undefined;
  /** The key of the first message that is new to the reader. */
  readonly firstNew?: string | null;
  /** Ascending by seq. */
  readonly notices?: readonly Notice[];
  /** Whether the last message is the room's newest: then what happened after it belongs here, too. */
  readonly toEnd?: boolean;
};

/** Messages, in the order given, with days between them, grouped by author, and with what else happened in its place. */
export function rowsOf(
  items: readonly TimelineItem[],
  { above, firstNew = null, notices = [], toEnd = true }: RowContext = {},
): TimelineRow[] {
  const rows: TimelineRow[] = [];
  let before = above;
  let noticed = above?.seq == null ? 0 : notices.findIndex(({ seq }) => seq > (above.seq ?? 0));
  if (noticed === -1) noticed = notices.length;
  let interrupted = false;
  const noticesBelow = (seq: number) => {
    for (let notice = notices[noticed]; notice && notice.seq < seq; notice = notices[noticed]) {
      rows.push({ kind: "notice", key: `notice ${notice.seq}`, notice });
      noticed += 1;
      interrupted = true;
    }
  };
  for (const item of items) {
    interrupted = false;
    if (before !== undefined || rows.length > 0) noticesBelow(item.seq ?? Number.POSITIVE_INFINITY);
    const newDay = before === undefined || dayKey(before.at) !== dayKey(item.at);
    const isNew = item.key === firstNew;
    if (newDay) rows.push({ kind: "day", key: `day ${item.key}`, at: item.at });
    if (before === undefined) noticesBelow(item.seq ?? Number.POSITIVE_INFINITY);
    if (isNew) rows.push({ kind: "new", key: "new" });
    const lead = newDay || isNew || interrupted || before === undefined || leads(item, before);
    rows.push({ kind: "message", key: item.key, item, lead });
    before = item;
  }
  if (toEnd) noticesBelow(Number.POSITIVE_INFINITY);
  return rows;
}

function leads(item: TimelineItem, before: TimelineItem): boolean {
  return (
    item.author !== before.author ||
    item.name !== before.name ||
    item.walkIn !== before.walkIn ||
    item.replyTo !== null ||
    item.at - before.at > GROUP_GAP
  );
}
