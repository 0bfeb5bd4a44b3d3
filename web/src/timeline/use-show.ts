import type { TimelineItem } from "@parley/sdk";
import { type RefObject, useCallback } from "react";
import { flushSync } from "react-dom";

/** Shows a message: draws it if it is not drawn, brings it into the middle and lets it glow. */
export function useShow(
  list: RefObject<HTMLElement | null>,
  revealRow: (key: string) => void,
): (item: TimelineItem) => void {
  return useCallback(
    (item) => {
      flushSync(() => revealRow(item.key));
      const row = rowOf(list, item.key);
      row?.scrollIntoView({ block: "center" });
      row?.animate([{ backgroundColor: "var(--accent-wash)" }, { backgroundColor: "transparent" }], 1_600);
    },
    [list, revealRow],
  );
}

/** Gives the focus to a message. */
export function focusOn(list: RefObject<HTMLElement | null>, key: string): void {
  rowOf(list, key)?.querySelector<HTMLElement>("[data-message]")?.focus();
}

function rowOf(list: RefObject<HTMLElement | null>, key: string): Element | null {
  return list.current?.querySelector(`[data-key="${CSS.escape(key)}"]`) ?? null;
}
