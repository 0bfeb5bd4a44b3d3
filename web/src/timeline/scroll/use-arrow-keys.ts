import { type FocusEvent, type KeyboardEvent, type RefObject, useCallback, useMemo, useState } from "react";

type Keyed = { readonly key: string };
type Edges = {
  /** Draws more above the first row. False if there is nothing above it. */
  readonly earlier: () => boolean;
  readonly later: () => boolean;
  readonly toEnd: () => void;
};

/**
 * The messages are one stop of the Tab key; arrow keys, Home and End move among them.
 * `stop` is the key of the message that Tab reaches: the newest until another one had the focus.
 */
export function useArrowKeys(list: RefObject<HTMLElement | null>, drawn: readonly Keyed[], edges: Edges) {
  const [current, setCurrent] = useState<string | null>(null);
  const stop = useMemo(() => {
    const there = current !== null && drawn.some(({ key }) => key === current);
    return there ? current : (drawn.at(-1)?.key ?? null);
  }, [drawn, current]);

  const onFocus = useCallback((event: FocusEvent) => {
    const row = (event.target as Element).closest<HTMLElement>("[data-key]");
    if (row?.dataset.key !== undefined) setCurrent(row.dataset.key);
  }, []);

  const onKeyDown = useCallback(
    (event: KeyboardEvent) => {
      const stops = () => [...(list.current?.querySelectorAll<HTMLElement>("[data-message]") ?? [])];
      const here = stops();
      const at = here.indexOf(event.target as HTMLElement);
      if (at === -1 || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === "End") {
        event.preventDefault();
        edges.toEnd();
        requestAnimationFrame(() => stops().at(-1)?.focus());
        return;
      }
      const to = target(event.key, at, here.length);
      if (to === null) return;
      event.preventDefault();
      // What is rendered next is there one step later; the key repeats.
      if (to <= 2) edges.earlier();
      if (to >= here.length - 3) edges.later();
      here[to]?.focus();
    },
    [list, edges],
  );
  return { stop, onFocus, onKeyDown };
}

function target(key: string, at: number, count: number): number | null {
  switch (key) {
    case "ArrowUp":
      return Math.max(at - 1, 0);
    case "ArrowDown":
      return Math.min(at + 1, count - 1);
    case "Home":
      return 0;
    default:
      return null;
  }
}
