import { useSyncExternalStore } from "react";

const KEY = "parley.unread";

type Marks = { readonly [room: string]: number };

/**
 * Rooms that the reader has marked as unread, each with the seq of the first message to read again. They are kept in this
 * browser: for the server, and on other devices, what was read stays read.
 */
let text: string | null = null;
let marks: Marks = {};
const listeners = new Set<() => void>();

export function markUnread(room: string, seq: number): void {
  write({ ...read(), [room]: seq });
}

export function clearUnreadMark(room: string): void {
  const { [room]: mark, ...others } = read();
  if (mark !== undefined) write(others);
}

/** The seq from which a room is marked as unread, null where it is not. */
export function unreadMark(room: string): number | null {
  return read()[room] ?? null;
}

export function useIsMarkedUnread(room: string): boolean {
  return useSyncExternalStore(subscribe, () => unreadMark(room) !== null);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  // Another tab of this browser.
  addEventListener("storage", listener);
  return () => {
    listeners.delete(listener);
    removeEventListener("storage", listener);
  };
}

/** Parsed once for each text that is kept; signing out removes it with all that the page keeps. */
function read(): Marks {
  try {
    const kept = localStorage.getItem(KEY);
    if (kept !== text) {
      text = kept;
      const value: unknown = JSON.parse(kept ?? "{}");
      const entries = typeof value === "object" && value !== null ? Object.entries(value) : [];
      marks = Object.fromEntries(entries.filter((entry) => Number.isSafeInteger(entry[1])));
    }
  } catch {
    // Forbidden, or not ours: then nothing is marked.
  }
  return marks;
}

function write(next: Marks): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(next));
  } catch {
    // Full or forbidden.
  }
  for (const listener of listeners) listener();
}
