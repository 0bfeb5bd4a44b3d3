import type { TimelineItem } from "@parley/sdk";
import {
  type Dispatch,
  type RefObject,
  type SetStateAction,
  useCallback,
  useEffect,
  useLayoutEffect,
  useRef,
} from "react";

/** Within this many pixels of the end counts as at the end: what rounding needs, so that the slowest upward move counts. */
const NEAR_END = 4;

type ScrollInput = {
  items: readonly TimelineItem[];
  /** What is drawn; another one may have moved the rows. */
  drawn: readonly unknown[];
  /** Told when the reader leaves the end, with the last seq that was there, and, with null, when they are back. */
  onLeave: Dispatch<SetStateAction<number | null>>;
  /** The reader comes near the first row. */
  onNearStart: () => void;
};

type Scroll = {
  scroller: RefObject<HTMLDivElement | null>;
  list: RefObject<HTMLOListElement | null>;
  onScroll: () => void;
  toEnd: () => void;
};

/**
 * Keeps the reader's place: at the end it stays at the end, elsewhere the first visible message stays where it is,
 * whatever is added above or below or changes its height. Browsers do this only in part, so theirs is switched off.
 */
export function useScroll({ items, drawn, onLeave, onNearStart }: ScrollInput): Scroll {
  const scroller = useRef<HTMLDivElement>(null);
  const list = useRef<HTMLOListElement>(null);
  const stuck = useRef(true);
  const anchor = useRef<{ row: Element; top: number } | null>(null);
  const heights = useRef("");
  const last = items.at(-1);
  const newest = useRef(0);
  newest.current = items.findLast((item) => item.seq !== null)?.seq ?? 0;

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
    onLeave((before) => (stuck.current ? null : (before ?? newest.current)));
    anchor.current = firstVisible(box, list.current);
    if (box.scrollTop < box.clientHeight) onNearStart();
  }, [onLeave, onNearStart, settle]);

  const toEnd = useCallback(() => {
    stuck.current = true;
    onLeave(null);
    settle();
  }, [onLeave, settle]);

  // Whoever sends wants to see it.
  const sending = last?.own && last.state === "pending" ? last.key : null;
  useLayoutEffect(() => {
    if (sending !== null) toEnd();
  }, [sending, toEnd]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: new rows are what may have moved the rows.
  useLayoutEffect(settle, [drawn, settle]);

  useEffect(() => {
    const watch = new ResizeObserver(settle);
    if (scroller.current) watch.observe(scroller.current);
    if (list.current) watch.observe(list.current);
    return () => watch.disconnect();
  }, [settle]);

  // A page that does not fill the height cannot be scrolled: the next one is fetched at once.
  // biome-ignore lint/correctness/useExhaustiveDependencies: asked again after each change of the rows.
  useEffect(() => {
    const box = scroller.current;
    if (box !== null && box.scrollTop < box.clientHeight / 2) onNearStart();
  }, [drawn, onNearStart]);

  return { scroller, list, onScroll, toEnd };
}

function heightsOf(box: HTMLElement): string {
  return `${box.scrollHeight} ${box.clientHeight}`;
}

/** The first message that reaches into view, and where its top stands. Rows lie in order, so it is found by halving. */
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
  // A date above it may go when older messages of that day come; a message stays.
  const row = rows[low]?.hasAttribute("data-key") ? rows[low] : rows[low + 1];
  return row ? { row, top: row.getBoundingClientRect().top } : null;
}
