import type { Row } from "./rows.ts";

/** Rows that are drawn while the end is followed. */
export const DRAWN = 200;
/** Rows that are drawn further back each time the reader comes to the first of them. */
export const MORE = 150;

/** Where the drawn rows begin. A first row that is not known, or has gone, means that the newest are followed. */
export function startOf(rows: readonly Row[], first: string | null): number {
  const newest = Math.max(0, rows.length - DRAWN);
  const at = first === null ? -1 : rows.findIndex((row) => row.key === first);
  if (at === -1) return newest;
  // The date above a first message belongs to it.
  return Math.min(rows[at - 1]?.kind === "day" ? at - 1 : at, newest);
}

/** The key of the first message at this index or after it. Never of a date: those go when older messages of their day come. */
export function keyFrom(rows: readonly Row[], index: number): string | null {
  for (let at = Math.max(0, index); at < rows.length; at += 1) {
    const row = rows[at];
    if (row?.kind === "message") return row.key;
  }
  return null;
}
