import type { TimelineItem } from "@parley/sdk";
import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef } from "react";
import { anchorOf, heightsOf, type ScrollAnchor } from "./scroll-anchor.ts";

/** Within this many pixels of the end counts as at the end: what rounding needs, so that the slowest upward move counts. */
const NEAR_END = 4;

type ScrollInput = {
  list: RefObject<HTMLElement | null>;
  items: readonly TimelineItem[];
  /** What is drawn; another one may have moved the rows. */
  drawn: readonly unknown[];
  /** The last row that is drawn is the room's newest. */
  endsHere: boolean;
  /** Whether the end is followed. */
  following: boolean;
  onFollow: (following: boolean) => void;
  /** The reader comes near the first row, or the last. */
  onNearStart: () => void;
  onNearEnd: () => void;
};

type Scroll = {
  scroller: RefObject<HTMLDivElement | null>;
  onScroll: () => void;
  /** Follows the end from now on. */
  toEnd: () => void;
  /** Brings a row into the middle and stays there. */
  toRow: (row: Element) => void;
};

/**
 * Keeps the reader's place: at the end it stays at the end, elsewhere the first visible message stays where it is,
 * whatever is added above or below or changes its height. Browsers do this only in part, so theirs is switched off.
 */
export function useScroll(input: ScrollInput): Scroll {
  const { list, items, drawn, onFollow } = input;
  const scroller = useRef<HTMLDivElement>(null);
  const now = useRef(input);
  now.current = input;
  const stuck = useRef(input.following);
  const anchor = useRef<ScrollAnchor | null>(null);
  const heights = useRef("");
  /** The reader is typing: what scrolls now is what gave way to their text. */
  const typing = useRef(false);

  const settle = useCallback(() => {
    const box = scroller.current;
    if (box === null) return;
    heights.current = heightsOf(box);
    if (stuck.current && now.current.endsHere) box.scrollTop = box.scrollHeight;
    else if (anchor.current?.row.isConnected) {
      const moved = anchor.current.row.getBoundingClientRect().top - anchor.current.top;
      if (moved !== 0) box.scrollTop += moved;
    }
    anchor.current = anchorOf(box, list.current);
  }, [list]);

  const onScroll = useCallback(() => {
    const box = scroller.current;
    if (box === null) return;
    // What scrolled was the layout, not the reader: a field that grew, a row that got the focus.
    if (heights.current !== heightsOf(box) || (typing.current && stuck.current)) return settle();
    const below = box.scrollHeight - box.scrollTop - box.clientHeight;
    stuck.current = now.current.endsHere && below < NEAR_END;
    onFollow(stuck.current);
    anchor.current = anchorOf(box, list.current);
    if (box.scrollTop < box.clientHeight) now.current.onNearStart();
    if (below < box.clientHeight) now.current.onNearEnd();
  }, [list, onFollow, settle]);

  const toEnd = useCallback(() => {
    stuck.current = true;
    onFollow(true);
    settle();
  }, [onFollow, settle]);

  const toRow = useCallback(
    (row: Element) => {
      stuck.current = false;
      onFollow(false);
      row.scrollIntoView({ block: "center" });
      if (scroller.current) anchor.current = anchorOf(scroller.current, list.current);
    },
    [list, onFollow],
  );

  // A text field that changes its height for a moment makes the browser clamp the position: that is not the reader's.
  useEffect(() => {
    let frame = 0;
    const onInput = () => {
      typing.current = true;
      cancelAnimationFrame(frame);
      // Scroll events are sent in the frame after the one that changed the layout.
      frame = requestAnimationFrame(() => {
        frame = requestAnimationFrame(() => {
          typing.current = false;
        });
      });
    };
    const onGesture = () => {
      typing.current = false;
    };
    const box = scroller.current;
    const gestures = ["wheel", "touchmove", "pointerdown"] as const;
    document.addEventListener("input", onInput, true);
    for (const gesture of gestures) box?.addEventListener(gesture, onGesture, { passive: true });
    return () => {
      cancelAnimationFrame(frame);
      document.removeEventListener("input", onInput, true);
      for (const gesture of gestures) box?.removeEventListener(gesture, onGesture);
    };
  }, []);

  // The sender wants to see the message.
  const last = items.at(-1);
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
  }, [list, settle]);

  // A page that does not fill the height cannot be scrolled: the next one is fetched at once.
  // biome-ignore lint/correctness/useExhaustiveDependencies: asked again after each change of the rows.
  useEffect(() => {
    const box = scroller.current;
    if (box === null) return;
    if (box.scrollTop < box.clientHeight / 2) now.current.onNearStart();
    if (box.scrollHeight - box.scrollTop - box.clientHeight < box.clientHeight / 2) now.current.onNearEnd();
  }, [drawn]);

  return { scroller, onScroll, toEnd, toRow };
}
