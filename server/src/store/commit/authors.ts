import type { UserId } from "@parley/protocol";
import { idToBytes } from "../base/compact-id.ts";
import { find, type Steps } from "../base/steps.ts";

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
 * Puts the numbers of authors that are not known into `learnt`, and makes those that are missing. False when another
 * writer made one at the same moment: the attempt is to be repeated.
 */
export function* learnAuthors(
  authors: Iterable<UserId>,
  known: KnownAuthors,
  learnt: Map<UserId, number>,
): Steps<boolean> {
  const asked = [...new Set(authors)].filter((author) => known.get(author) === undefined).sort();
  if (asked.length === 0) return true;
  const rows = asked.map((author) => [idToBytes(author)]);
  const found = yield find(AUTHOR, rows);
  const missing: number[] = [];
  for (const [i, author] of asked.entries()) {
    const no = found[i]?.[0];
    if (typeof no === "number") learnt.set(author, no);
    else missing.push(i);
  }
  if (missing.length === 0) return true;
  const made = yield find(
    NEW_AUTHOR,
    missing.map((i) => rows[i] as [Uint8Array]),
  );
  for (const [n, i] of missing.entries()) {
    const no = made[n]?.[0];
    if (typeof no !== "number") return false;
    learnt.set(asked[i] as UserId, no);
  }
  return true;
}
