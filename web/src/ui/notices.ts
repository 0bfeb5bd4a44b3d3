/** A short sentence about something that did not work, shown for a while. */
export type Notice = { readonly id: number; readonly text: string };

let notices: readonly Notice[] = [];
let next = 1;
const listeners = new Set<() => void>();

function set(value: readonly Notice[]): void {
  notices = value;
  for (const listener of listeners) listener();
}

/** Shows a notice; at most three are shown at once. */
export function notify(text: string): void {
  set([...notices.slice(-2), { id: next++, text }]);
}

export function dismiss(id: number): void {
  set(notices.filter((notice) => notice.id !== id));
}

/** For `useSyncExternalStore`. */
export const noticeBoard = {
  get: () => notices,
  subscribe(listener: () => void) {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
};
