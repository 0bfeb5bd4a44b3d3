import type { RoomView } from "@parley/sdk";

const KEY = "parley.seen";

/** By room: the number of the last event that was there when the room was last looked at. */
export type Seen = { readonly [room: string]: number };

/**
 * What counts as seen now. A room that is new to this browser counts as unseen, except at the very first visit, when
 * all of them are new. A head below what was seen means another lineage of the store: seen is then the head.
 */
export function settleSeen(
  seen: Seen | null,
  rooms: readonly Pick<RoomView, "id" | "head">[],
  open: string | null,
): Seen {
  const next: Record<string, number> = {};
  for (const { id, head } of rooms) {
    const before = seen === null ? head : (seen[id] ?? 0);
    next[id] = id === open ? head : Math.min(before, head);
  }
  return next;
}

let seen: Seen | null = null;
const NOTHING: Seen = {};
const listeners = new Set<() => void>();

/** What this browser has seen, kept in local storage; for `useSyncExternalStore`. */
export const seenRooms = {
  get: (): Seen => seen ?? NOTHING,
  subscribe(listener: () => void) {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
  settle(rooms: readonly Pick<RoomView, "id" | "head">[], open: string | null): void {
    if (rooms.length === 0) return;
    const before = seen ?? read();
    const next = settleSeen(before, rooms, open);
    if (seen !== null && same(seen, next)) return;
    seen = next;
    keep(next);
    for (const listener of listeners) listener();
  },
};

function read(): Seen | null {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(KEY) ?? "null");
    return typeof value === "object" && value !== null ? (value as Seen) : null;
  } catch {
    return null;
  }
}

function keep(value: Seen): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(value));
  } catch {
    // A hint that is not kept is only missed after a reload.
  }
}

function same(one: Seen, other: Seen): boolean {
  const keys = Object.keys(one);
  return keys.length === Object.keys(other).length && keys.every((key) => one[key] === other[key]);
}
