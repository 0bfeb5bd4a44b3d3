/** Items that are drawn while the end is followed. */
export const INITIAL_ROWS = 120;
/** Items that are drawn further on each time the reader comes near the first or the last of them. */
export const ROWS_STEP = 80;
/** Items that are drawn at most. What is far from the reader is put away, so that a long room stays light. */
export const MAX_ROWS = 280;

/** A part of a list, by places: from `start` to before `end`. */
export type RenderWindow = { readonly start: number; readonly end: number };

/** What is drawn of a list, kept by keys because places change when older ones come. Null: the newest are followed. */
export type WindowEdges = { readonly first: string; readonly last: string | null } | null;

type Keyed = { readonly key: string };

/** Where the drawn part lies now. A first item that has gone means that the newest are followed. */
export function windowOf(items: readonly Keyed[], kept: WindowEdges): RenderWindow {
  const count = items.length;
  const newest = { start: Math.max(0, count - INITIAL_ROWS), end: count };
  if (kept === null) return newest;
  const start = items.findIndex(({ key }) => key === kept.first);
  if (start === -1) return newest;
  const last = kept.last === null ? -1 : indexFrom(items, kept.last, start);
  return { start, end: last === -1 ? Math.min(count, start + MAX_ROWS) : last + 1 };
}

/** The part as keys. One that reaches the end goes on to do so, as far as there is room. */
export function edgesOf(items: readonly Keyed[], { start, end }: RenderWindow): WindowEdges {
  const first = items[start];
  if (first === undefined) return null;
  const open = end >= items.length && end - start < MAX_ROWS;
  return { first: first.key, last: open ? null : (items[end - 1]?.key ?? null) };
}

/** Further back; `hold` keeps what is drawn, for a text that is being selected. */
export function earlier({ start, end }: RenderWindow, hold: boolean): RenderWindow {
  const from = Math.max(0, start - ROWS_STEP);
  return { start: from, end: hold ? end : Math.min(end, from + MAX_ROWS) };
}

/** Further on. */
export function later({ start, end }: RenderWindow, count: number, hold: boolean): RenderWindow {
  const to = Math.min(count, end + ROWS_STEP);
  return { start: hold ? start : Math.max(start, to - MAX_ROWS), end: to };
}

/** The part around one item. */
export function around(at: number, count: number): RenderWindow {
  const start = Math.max(0, Math.min(at - INITIAL_ROWS / 2, count - INITIAL_ROWS));
  return { start, end: Math.min(count, start + INITIAL_ROWS) };
}

function indexFrom(items: readonly Keyed[], key: string, from: number): number {
  for (let at = from; at < items.length; at += 1) if (items[at]?.key === key) return at;
  return -1;
}
