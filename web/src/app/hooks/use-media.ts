import { useSyncExternalStore } from "react";

/** Room list and room are side by side from this width on. */
export const WIDE = "(min-width: 768px)";
/** The list of members has a place of its own from here on. */
export const VERY_WIDE = "(min-width: 1120px)";
/** A mouse, and so most likely a real keyboard. */
export const FINE_POINTER = "(hover: hover) and (pointer: fine)";

/** Whether a media query matches, followed as it changes. */
export function useMedia(query: string): boolean {
  return useSyncExternalStore(
    (listener) => {
      const list = matchMedia(query);
      list.addEventListener("change", listener);
      return () => list.removeEventListener("change", listener);
    },
    () => matchMedia(query).matches,
  );
}
