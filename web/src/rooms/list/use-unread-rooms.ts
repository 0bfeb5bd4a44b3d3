import type { RoomView } from "@parley/sdk";
import { useRef } from "react";

/** From this many rooms on, those with something unread are listed first. */
const MANY = 12;

/**
 * The rooms that are listed first because something in them is unread: those that mean the reader before the others. The
 * open room stays among them while it is open, so that no row moves away from under the pointer that has pressed it.
 */
export function useUnreadRooms(rooms: readonly RoomView[], open: string | null): readonly RoomView[] {
  const kept = useRef<string | null>(null);
  const first =
    rooms.length < MANY
      ? []
      : rooms.filter(({ id, read }) => read.unread > 0 || (id === open && id === kept.current));
  kept.current = first.some(({ id }) => id === open) ? open : null;
  return first.toSorted((one, other) => need(other, open) - need(one, open));
}

/** The open room counts as it did when it was opened: in the middle, where it does not matter. */
function need({ id, kind, read }: RoomView, open: string | null): number {
  if (id === open) return 1;
  return read.mentions > 0 || kind === "direct" ? 2 : 1;
}
