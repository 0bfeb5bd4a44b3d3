import { type FocusEvent, type KeyboardEvent, type RefObject, useCallback, useMemo, useState } from "react";
import type { Row } from "./rows.ts";

/**
 * The messages are one stop of the Tab key; arrow keys, Home and End move among them.
 * `stop` is the key of the message that Tab reaches: the newest until another one had the focus.
 */
export function useArrowKeys(list: RefObject<HTMLElement | null>, rows: readonly Row[]) {
  const [current, setCurrent] = useState<string | null>(null);
  const stop = useMemo(() => {
    const there = current !== null && rows.some((row) => row.key === current);
    return there ? current : (rows.at(-1)?.key ?? null);
  }, [rows, current]);

  const onFocus = useCallback((event: FocusEvent) => {
    const row = (event.target as Element).closest<HTMLElement>("[data-key]");
    if (row?.dataset.key !== undefined) setCurrent(row.dataset.key);
  }, []);

  const onKeyDown = useCallback(
    (event: KeyboardEvent) => {
      const stops = [...(list.current?.querySelectorAll<HTMLElement>("[data-message]") ?? [])];
      const at = stops.indexOf(event.target as HTMLElement);
      if (at === -1) return;
      const to = target(event.key, at, stops.length);
      if (to === null) return;
      event.preventDefault();
      stops[to]?.focus();
    },
    [list],
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
    case "End":
      return count - 1;
    default:
      return null;
  }
}
