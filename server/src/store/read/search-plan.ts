import type { UserId } from "@parley/protocol";
import { authorTerm, isUnspaced, roomTerm } from "../base/terms.ts";
import type { Sought } from "./search-query.ts";

/**
 * What to ask the index for, and what then has to be checked against the text. `match` is null where the index is not
 * asked at all: then every message is a candidate.
 */
export type Plan = { readonly match: string | null; readonly check: readonly Sought[] };

/** The rooms that are searched, with how many of all events they hold (0 to 1). Null: all rooms. */
export type Rooms = { readonly numbers: readonly number[]; readonly share: number };

/** With so few rooms the index is asked for them at once. */
const FEW_ROOMS = 3;
/** What it costs to ask the index for one more room, in candidates that could be looked at instead (measured: 50 us to 1). */
const ROOM_COST = 50;
const MAX_ROOMS = 1_000;

/**
 * Two ways to search for the same. The wide one leaves out what is costly to ask the index for: beginnings of words, each
 * of which stands for all words that begin so, and long lists of rooms. As long as most messages have those, its first
 * candidates fill a page. The narrow one is for all else; null when it would be the same. It asks for one beginning, the
 * longest: the others are found in the text, as are single letters, which all too many words begin with.
 */
export function plans(
  sought: readonly Sought[],
  rooms: Rooms | null,
  author: UserId | undefined,
  limit: number,
): [Plan, Plan | null] {
  const words = new Set<string>(author === undefined ? [] : [authorTerm(author)]);
  let beginning = "";
  for (const { terms, open } of sought) {
    const last = terms.at(-1) as string;
    for (const term of open ? terms.slice(0, -1) : terms) words.add(term);
    if (open && (last.length > 1 || isUnspaced(last)) && last.length > beginning.length) beginning = last;
  }
  const few = rooms !== null && rooms.numbers.length <= FEW_ROOMS;
  const narrowed = few || (rooms !== null && worthNarrowing(rooms, limit));
  const check = sought.filter(({ terms, open }) => open || terms.length > 1);
  const wide: Plan = { match: matchOf(words, "", few ? rooms : null), check };
  if (beginning === "" && narrowed === few) return [wide, null];
  return [wide, { match: matchOf(words, beginning, narrowed ? rooms : null), check }];
}

/** Without the rooms about `limit / share` candidates are looked at for a page. */
function worthNarrowing({ numbers, share }: Rooms, limit: number): boolean {
  return numbers.length <= MAX_ROOMS && numbers.length * ROOM_COST * share < limit;
}

/** Terms hold no quotation marks, and nothing else that means something to FTS5 between them. */
function matchOf(words: ReadonlySet<string>, beginning: string, rooms: Rooms | null): string | null {
  const all = [...words].map((word) => `"${word}"`);
  if (beginning !== "") all.push(`"${beginning}"*`);
  if (rooms !== null) all.push(anyOf(rooms.numbers));
  return all.length === 0 ? null : all.join(" AND ");
}

function anyOf(rooms: readonly number[]): string {
  // Nobody's room: there is no feed of that number.
  const numbers = rooms.length === 0 ? [0] : rooms;
  return `(${numbers.map((room) => `"${roomTerm(room)}"`).join(" OR ")})`;
}
