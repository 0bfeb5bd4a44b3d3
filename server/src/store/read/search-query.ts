import { pieces, spacedTerms, termsOf } from "../base/terms.ts";

/**
 * One condition of a search: terms that follow each other in the text of a message. With `open` the last of them is a
 * prefix.
 */
export type Sought = { readonly terms: readonly string[]; readonly open: boolean };

/** A phrase in quotes (the closing one may be missing), or text between white space. */
const UNITS = /"([^"]*)("?)|[^\s"]+/gu;
const QUOTES = /[\u201c-\u201f\u00ab\u00bb\uff02]/gu;
const ENDS_IN_WORD = /[\p{L}\p{N}\p{M}]$/u;

/**
 * Parses a search. A message is found if it matches all conditions, in any order:
 *
 * - `tea`: the word; `node:sqlite`, `don't`, `2024-05-01`: its words, one right after the other.
 * - `"green tea"`: the words in quotes, one right after the other, with any punctuation between them. Typographic quotes count.
 * - `wor*`: a word that begins so. The same holds without the star for the last word while it is being typed: nothing
 *   follows it, no space, no closing quote, no punctuation mark.
 * - Text without spaces (Chinese, Japanese, Korean, Thai …) is found anywhere in such text; beside other words of a
 *   phrase its end there must be the end of the run.
 * - An emoji is a word. Other punctuation is nothing: a query of that alone finds nothing.
 */
export function readQuery(query: string): Sought[] {
  const text = query.replace(QUOTES, '"');
  const found: Sought[] = [];
  for (const { 0: unit, 1: phrase, 2: closed, index } of text.matchAll(UNITS)) {
    const words = phrase ?? unit;
    const unfinished = index + unit.length === text.length && !closed && ENDS_IN_WORD.test(words);
    const sought = soughtOf(words, unfinished || words.endsWith("*"));
    if (sought) found.push(sought);
  }
  return found;
}

function soughtOf(text: string, unfinished: boolean): Sought | undefined {
  const parts = pieces(text);
  const last = parts.pop();
  if (!last) return undefined;
  const before = parts.flatMap(termsOf);
  const ending = termsOf(last);
  if (!last.unspaced) return { terms: [...before, ...ending], open: unfinished };
  // In the text the run may go on, and then the last character begins a pair.
  if (ending.length === 1) return { terms: [...before, ...ending], open: true };
  return { terms: [...before, ...ending.slice(0, -1)], open: false };
}

/** Whether a text matches all conditions, with phrases in order, which an index without positions cannot decide. */
export function holds(text: string, sought: readonly Sought[]): boolean {
  const found = ` ${spacedTerms(text)} `;
  return sought.every(({ terms, open }) => found.includes(` ${terms.join(" ")}${open ? "" : " "}`));
}
