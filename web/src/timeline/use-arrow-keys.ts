import { type FocusEvent, type KeyboardEvent, type RefObject, useCallback, useState } from "react";

/**
 * The messages are one stop of the Tab key; arrow keys, Home and End move among them.
 * `current` is the key of the message that Tab reaches, null for the newest.
 */
export function useArrowKeys(list: RefObject<HTMLElement | null>) {
  const [current, setCurrent] = useState<string | null>(null);

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
  return { current, onFocus, onKeyDown };
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
