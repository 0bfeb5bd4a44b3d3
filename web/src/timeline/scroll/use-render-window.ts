import type { TimelineItem } from "@parley/sdk";
import { type RefObject, useCallback, useLayoutEffect, useMemo, useRef, useState } from "react";
import { around, earlier, edgesOf, later, type WindowEdges, windowOf } from "./render-window.ts";

type RenderedRows = {
  readonly drawn: readonly TimelineItem[];
  /** Whether the first and the last item are among them. */
  readonly fromStart: boolean;
  readonly toEnd: boolean;
  /** Draws more further back, or further on. False if all are drawn there. */
  readonly earlier: () => boolean;
  readonly later: () => boolean;
  /** Makes sure that an item is drawn. */
  readonly reveal: (key: string) => void;
};

/**
 * Which items are drawn: the newest while the end is followed, else a part that moves with the reader. They lie in the
 * page's natural flow, so that text can be selected and found, and what is measured late moves nothing (see use-scroll).
 */
export function useRenderWindow(
  items: readonly TimelineItem[],
  following: boolean,
  list: RefObject<HTMLElement | null>,
): RenderedRows {
  const [kept, setKept] = useState<WindowEdges>(null);
  const range = useMemo(() => windowOf(items, kept), [items, kept]);
  const present = useRef({ items, span: range });
  present.current = { items, span: range };

  // Who leaves the end takes the part as it is; who comes back lets go of it.
  useLayoutEffect(() => {
    const { items: now, span: drawn } = present.current;
    setKept((before) => (following ? null : (before ?? edgesOf(now, drawn))));
  }, [following]);

  const move = useCallback(
    (
      next: (drawn: ReturnType<typeof windowOf>, count: number, hold: boolean) => ReturnType<typeof windowOf>,
    ) => {
      const { items: now, span: drawn } = present.current;
      setKept(edgesOf(now, next(drawn, now.length, isSelecting(list.current))));
    },
    [list],
  );
  const back = useCallback(() => {
    if (present.current.span.start === 0) return false;
    move((drawn, _count, hold) => earlier(drawn, hold));
    return true;
  }, [move]);
  const on = useCallback(() => {
    if (present.current.span.end >= present.current.items.length) return false;
    move(later);
    return true;
  }, [move]);
  const reveal = useCallback((key: string) => {
    const { items: now, span: drawn } = present.current;
    const at = now.findIndex((item) => item.key === key);
    if (at === -1 || (at >= drawn.start && at < drawn.end)) return;
    setKept(edgesOf(now, around(at, now.length)));
  }, []);

  const drawn = useMemo(() => items.slice(range.start, range.end), [items, range]);
  return {
    drawn,
    fromStart: range.start === 0,
    toEnd: range.end >= items.length,
    earlier: back,
    later: on,
    reveal,
  };
}

/** Whether some text of the list is selected: what is put away would be lost from the selection. */
function isSelecting(list: HTMLElement | null): boolean {
  const selection = getSelection();
  return selection !== null && !selection.isCollapsed && list !== null && selection.containsNode(list, true);
}
