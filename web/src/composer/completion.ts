import type { Member } from "@parley/sdk";
import { ROOM_WORD } from "../text/mentions.ts";

/** A user, or the whole room, that can be named after an `@`. */
export type Candidate = { readonly id: string | null; readonly name: string };

/** A name that is being typed: from its `@` to the cursor. */
export type MentionQuery = { readonly start: number; readonly end: number; readonly letters: string };

/** Letters after which it is no name any more: names have at most 32. */
const LONGEST = 32;
/** Choices that are shown. */
const SHOWN = 6;

/** The name that is being typed before the cursor, null where none is. Names may hold spaces. */
export function mentionAt(text: string, cursor: number): MentionQuery | null {
  const before = text.slice(Math.max(0, cursor - LONGEST - 1), cursor);
  const at = before.lastIndexOf("@");
  if (at === -1) return null;
  const letters = before.slice(at + 1);
  if (/[\n\r]|^\s|\s\s/u.test(letters) || /[\p{L}\p{N}_]$/u.test(before.slice(0, at))) return null;
  const start = cursor - before.length + at;
  return { start, end: cursor, letters };
}

/** The candidates: members whose name begins like this first, then those with a later word that does. */
export function candidatesFor(letters: string, members: readonly Member[], self: string | null): Candidate[] {
  const wanted = letters.toLowerCase();
  const first: Candidate[] = [];
  const later: Candidate[] = [];
  for (const { id, name } of members) {
    if (id === self) continue;
    const folded = name.toLowerCase();
    if (folded.startsWith(wanted)) first.push({ id, name });
    else if (wanted !== "" && folded.split(/[\s._-]+/u).some((word) => word.startsWith(wanted)))
      later.push({ id, name });
    if (first.length >= SHOWN) break;
  }
  const room = ROOM_WORD.startsWith(wanted) ? [{ id: null, name: ROOM_WORD }] : [];
  const people = [...first, ...later].slice(0, SHOWN);
  return wanted === "" ? [...people, ...room] : [...room, ...people];
}

/** The text with the name in it, and the position of the cursor after that. */
export function completed(text: string, query: MentionQuery, name: string): { text: string; cursor: number } {
  const after = text.slice(query.end);
  const inserted = `@${name}${after.startsWith(" ") ? "" : " "}`;
  const cursor = query.start + inserted.length + (after.startsWith(" ") ? 1 : 0);
  return { text: text.slice(0, query.start) + inserted + after, cursor };
}
