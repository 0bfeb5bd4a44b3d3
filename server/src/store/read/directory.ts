import { createHash } from "node:crypto";

/** An entry of a list by name: the key orders it, the id separates entries with the same key. */
export type Listed = { readonly key: string; readonly id: string };
/** A position in such a list: a key, cut, and a digest of the id. */
export type DirectoryPosition = { readonly key: string; readonly print: string };

/** Code points of a key in a cursor: at four bytes each it still fits into a query string. */
const KEY_MAX = 40;
/** Characters of a digest. */
const PRINT = 8;
const CURSOR = new RegExp(`^[0-9a-f]{${PRINT}}\n`);
export const BEGINNING: DirectoryPosition = { key: "", print: "" };

export function writeCursor({ key, id }: Listed): string {
  return Buffer.from(`${print(id)}\n${cut(key)}`).toString("base64url");
}

/** Undefined when the cursor is not valid. */
export function readCursor(cursor: string): DirectoryPosition | undefined {
  const text = Buffer.from(cursor, "base64url").toString();
  if (!CURSOR.test(text) || Buffer.from(text).toString("base64url") !== cursor) return undefined;
  return { key: text.slice(PRINT + 1), print: text.slice(0, PRINT) };
}

/**
 * The page after a position. `sorted` yields all entries whose key is not below the position's, in order, and is read only
 * as far as needed. If the entry at the position was renamed, no entry is skipped: some with the same beginning of the key
 * are returned again.
 */
export function pageAfter<Entry extends Listed>(
  position: DirectoryPosition,
  sorted: Iterable<Entry>,
  limit: number,
): { readonly entries: Entry[]; readonly next: string | null } {
  let alike: Entry[] = [];
  const rest: Entry[] = [];
  for (const entry of sorted) {
    if (cut(entry.key) === position.key) {
      if (print(entry.id) === position.print) alike = [];
      else alike.push(entry);
      continue;
    }
    rest.push(entry);
    if (alike.length + rest.length > limit) break;
  }
  const found = [...alike, ...rest];
  const entries = found.slice(0, limit);
  return { entries, next: found.length > limit ? writeCursor(entries.at(-1) as Entry) : null };
}

/**
 * Says after each key whether a page after this position may need further entries behind it. Entries with the position's own
 * key do not count: any of them may be the one at the position.
 */
export function enoughAfter(position: DirectoryPosition, limit: number): (key: string) => boolean {
  let rest = 0;
  return (key) => {
    if (cut(key) !== position.key) rest++;
    return rest <= limit;
  };
}

/** Merges two sorted lists. */
export function* merged<Entry extends Listed>(
  one: Iterable<Entry>,
  other: Iterable<Entry>,
): Generator<Entry> {
  const rest = other[Symbol.iterator]();
  try {
    let next = rest.next();
    for (const entry of one) {
      for (; !next.done && byName(next.value, entry) < 0; next = rest.next()) yield next.value;
      yield entry;
    }
    for (; !next.done; next = rest.next()) yield next.value;
  } finally {
    // The caller may stop early, and the sources may hold an open statement.
    rest.return?.();
  }
}

/** Sorts, and leaves out entries before the position. */
export function sortedFrom<Entry extends Listed>(
  position: DirectoryPosition,
  entries: readonly Entry[],
): Entry[] {
  return entries.filter(({ key }) => byCodePoints(key, position.key) >= 0).sort(byName);
}

/** By key, then id, as engines compare text: by code point. */
function byName(one: Listed, other: Listed): number {
  return byCodePoints(one.key, other.key) || byCodePoints(one.id, other.id);
}

function cut(key: string): string {
  return [...key].slice(0, KEY_MAX).join("");
}

function print(id: string): string {
  return createHash("sha256").update(id).digest("hex").slice(0, PRINT);
}

function byCodePoints(one: string, other: string): number {
  const length = Math.min(one.length, other.length);
  for (let i = 0; i < length; i++) {
    const difference = rank(one.charCodeAt(i)) - rank(other.charCodeAt(i));
    if (difference !== 0) return difference;
  }
  return one.length - other.length;
}

/** Surrogates encode the code points above all others. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}
