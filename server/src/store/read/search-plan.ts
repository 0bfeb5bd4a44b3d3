import type { UserId } from "@parley/protocol";
import { authorTerm, isUnspaced } from "../base/terms.ts";
import type { Sought } from "./search-query.ts";

/**
 * The query for the index, and what has to be checked against the text afterwards. `match` is null where the index is not
 * used: then every message is a candidate.
 */
export type Plan = { readonly match: Match | null; readonly check: readonly Sought[] };

/** What the index is asked for: all words, one that begins so (empty: any), in one of these rooms (null: in any). */
export type Match = {
  readonly words: readonly string[];
  readonly beginning: string;
  readonly rooms: readonly number[] | null;
};

/** The searched rooms, with their share of all events (0 to 1). Null: all rooms. */
export type Rooms = { readonly numbers: readonly number[]; readonly share: number };

/** Up to this number of rooms, the query for the index names them. */
const FEW_ROOMS = 3;
/** The cost of one more room in the query, in candidates that could be read instead (measured: 50 us to 1). */
const ROOM_COST = 50;
const MAX_ROOMS = 1_000;

/**
 * Two plans for the same search. The wide one leaves out the costly parts of a query: prefixes, each of which expands to all
 * words with it, and long lists of rooms. As long as most messages match those, its first candidates fill a page. The narrow
 * plan is for all other cases; null when it would be the same. It queries one prefix, the longest: the others are checked in
 * the text, and so are single letters, with which too many words begin.
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

/** Without the rooms, about `limit / share` candidates are read for a page. */
function worthNarrowing({ numbers, share }: Rooms, limit: number): boolean {
  return numbers.length <= MAX_ROOMS && numbers.length * ROOM_COST * share < limit;
}

function matchOf(words: ReadonlySet<string>, beginning: string, rooms: Rooms | null): Match | null {
  if (words.size === 0 && beginning === "" && rooms === null) return null;
  return { words: [...words], beginning, rooms: rooms?.numbers ?? null };
}
