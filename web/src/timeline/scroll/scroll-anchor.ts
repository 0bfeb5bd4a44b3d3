/** A row and the position of its top in the window, in pixels. */
export type ScrollAnchor = { readonly row: Element; readonly top: number };

/** What a scroll that comes from the layout changes, and one that comes from a reader does not. */
export function heightsOf(box: HTMLElement): string {
  return `${box.scrollHeight} ${box.clientHeight}`;
}

/**
 * The first message that begins in view; where one fills the whole view, that one. What is half out of it may change its
 * height without moving what is read. Rows lie in order, so it is found by halving.
 */
export function anchorOf(box: HTMLElement, list: HTMLElement | null): ScrollAnchor | null {
  if (list === null) return null;
  const { top: edge, bottom } = box.getBoundingClientRect();
  const rows = list.children;
  const topOf = (at: number) => rows[at]?.getBoundingClientRect().top ?? Number.POSITIVE_INFINITY;
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (topOf(middle) >= edge) high = middle;
    else low = middle + 1;
  }
  // A date above it may go when older messages of that day come; a message stays.
  let at = low;
  while (at < rows.length && !rows[at]?.hasAttribute("data-key")) at += 1;
  if (topOf(at) >= bottom) at = low - 1;
  const row = rows[at];
  return row?.hasAttribute("data-key") ? { row, top: topOf(at) } : null;
}
