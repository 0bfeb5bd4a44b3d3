import type { UserId } from "@parley/protocol";
import { idToBytes } from "../base/compact-id.ts";
import { find, type Lookup, type Row, type Steps, together } from "../base/steps.ts";

const AUTHOR = "SELECT no FROM authors WHERE author = $1";
const NEW_AUTHOR = "INSERT INTO authors (author) VALUES ($1) ON CONFLICT DO NOTHING RETURNING no";

/** Authors whose numbers are kept from one batch to the next: about 100 bytes each. */
const MOST = 65_536;

/** The numbers of authors, under which their nonces are kept. A number never changes. */
export class KnownAuthors {
  readonly #numbers = new Map<UserId, number>();

  get(author: UserId): number | undefined {
    return this.#numbers.get(author);
  }

  /** Takes over what a batch has learnt. Only after its commit: a number that was rolled back is given again. */
  keep(learnt: ReadonlyMap<UserId, number>): void {
    if (this.#numbers.size + learnt.size > MOST) this.#numbers.clear();
    for (const [author, no] of learnt) this.#numbers.set(author, no);
  }
}

/**
 * Puts the numbers of authors that are not known, and that the store has, into `learnt`, and the others into `missing`: in
 * the order of their ids, so that two batches never wait for each other.
 */
export function findAuthors(
  authors: Iterable<UserId>,
  known: KnownAuthors,
  learnt: Map<UserId, number>,
  missing: Set<UserId>,
): Lookup[] {
  const asked = new Set<UserId>();
  for (const author of authors) if (known.get(author) === undefined) asked.add(author);
  return numbered(AUTHOR, [...asked].sort(), learnt, (author) => missing.add(author));
}

/** Numbers authors that have no number yet. `lost` is called when another writer did so at the same moment. */
export function makeAuthors(
  missing: Iterable<UserId>,
  learnt: Map<UserId, number>,
  lost: () => void,
): Lookup[] {
  return numbered(NEW_AUTHOR, [...missing], learnt, lost);
}

function numbered(
  sql: string,
  authors: readonly UserId[],
  learnt: Map<UserId, number>,
  missing: (author: UserId) => void,
): Lookup[] {
  if (authors.length === 0) return [];
  const rows = authors.map((author): Row => [idToBytes(author)]);
  return [
    {
      step: find(sql, rows),
      take(found) {
        for (const [i, author] of authors.entries()) {
          const no = found[i]?.[0];
          if (typeof no === "number") learnt.set(author, no);
          else missing(author);
        }
      },
    },
  ];
}

/** Both, one after the other. False when another writer numbered one at the same moment. */
export function* learnAuthors(
  authors: readonly UserId[],
  known: KnownAuthors,
  learnt: Map<UserId, number>,
): Steps<boolean> {
  let whole = true;
  const missing = new Set<UserId>();
  yield* together(findAuthors(authors, known, learnt, missing));
  yield* together(
    makeAuthors(missing, learnt, () => {
      whole = false;
    }),
  );
  return whole;
}
