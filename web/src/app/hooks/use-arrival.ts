import { type RefObject, useEffect } from "react";

/**
 * Puts the focus on a place when one has got there (`here`), so that users of a screen reader know where they are and the
 * next Tab begins there; not if something inside has taken it already.
 */
export function useArrival(place: RefObject<HTMLElement | null>, here = true): void {
  useEffect(() => {
    if (!here || place.current?.contains(document.activeElement)) return;
    place.current?.focus({ preventScroll: true });
  }, [place, here]);
}
