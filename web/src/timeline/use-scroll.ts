import type { TimelineItem } from "@parley/sdk";
import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";

/** Within this many pixels of the end counts as at the end. */
const NEAR_END = 32;

type Scroll = {
  scroller: RefObject<HTMLDivElement | null>;
  list: RefObject<HTMLOListElement | null>;
  /** At the end, where new messages are followed. */
  atEnd: boolean;
  /** Messages of others that came while the reader was further up. */
  unread: number;
  onScroll: () => void;
  toEnd: () => void;
};

/**
 * Keeps the reader's place: at the end it stays at the end, elsewhere the first visible row stays where it is, whatever
 * is added above or below or changes its height. Browsers do this only in part, so theirs is switched off.
 */
export function useScroll(items: readonly TimelineItem[], onNearStart: () => void): Scroll {
  const scroller = useRef<HTMLDivElement>(null);
  const list = useRef<HTMLOListElement>(null);
  const stuck = useRef(true);
  const anchor = useRef<{ row: Element; top: number } | null>(null);
  const heights = useRef("");
  const last = items.at(-1);
  const lastSeq = items.findLast((item) => item.seq !== null)?.seq ?? 0;
  const seqs = useRef(lastSeq);
  seqs.current = lastSeq;
  /** Null at the end; else the last seq that was there when the reader went up. */
  const [leftAt, setLeftAt] = useState<number | null>(null);

  const settle = useCallback(() => {
    const box = scroller.current;
    if (box === null) return;
    heights.current = heightsOf(box);
    if (stuck.current) box.scrollTop = box.scrollHeight;
    else if (anchor.current?.row.isConnected) {
      box.scrollTop += anchor.current.row.getBoundingClientRect().top - anchor.current.top;
    }
    anchor.current = firstVisible(box, list.current);
  }, []);

  const onScroll = useCallback(() => {
    const box = scroller.current;
    if (box === null) return;
    // What scrolled was the layout, not the reader: a field that grew, a row that got the focus.
    if (heights.current !== heightsOf(box)) return settle();
    stuck.current = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_END;
    setLeftAt((before) => (stuck.current ? null : (before ?? seqs.current)));
    anchor.current = firstVisible(box, list.current);
    if (box.scrollTop < box.clientHeight) onNearStart();
  }, [onNearStart, settle]);

  const toEnd = useCallback(() => {
    stuck.current = true;
    setLeftAt(null);
    settle();
  }, [settle]);

  // Whoever sends wants to see it.
  const sending = last?.own && last.state === "pending" ? last.key : null;
  useLayoutEffect(() => {
    if (sending !== null) toEnd();
  }, [sending, toEnd]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: new items are what may have moved the rows.
  useLayoutEffect(settle, [items, settle]);

  useEffect(() => {
    const watch = new ResizeObserver(settle);
    if (scroller.current) watch.observe(scroller.current);
    if (list.current) watch.observe(list.current);
    return () => watch.disconnect();
  }, [settle]);

  // A page that does not fill the height cannot be scrolled: the next one is fetched at once.
  // biome-ignore lint/correctness/useExhaustiveDependencies: asked again after each change of the items.
  useEffect(() => {
    const box = scroller.current;
    if (box !== null && box.scrollTop < box.clientHeight / 2) onNearStart();
  }, [items, onNearStart]);

  const unread =
    leftAt === null ? 0 : items.filter((item) => item.seq !== null && item.seq > leftAt && !item.own).length;
  return { scroller, list, atEnd: leftAt === null, unread, onScroll, toEnd };
}

function heightsOf(box: HTMLElement): string {
  return `${box.scrollHeight} ${box.clientHeight}`;
}

/** The first row that reaches into view, and where its top stands. Rows lie in order, so it is found by halving. */
function firstVisible(box: HTMLElement, list: HTMLElement | null): { row: Element; top: number } | null {
  if (list === null) return null;
  const edge = box.getBoundingClientRect().top;
  const rows = list.children;
  let low = 0;
  let high = rows.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((rows[middle]?.getBoundingClientRect().bottom ?? 0) > edge) high = middle;
    else low = middle + 1;
  }
  const row = rows[low];
  return row ? { row, top: row.getBoundingClientRect().top } : null;
}
