/** A part of a text, and whether it is one of the words that were searched for. */
export type Part = { readonly text: string; readonly hit: boolean };

/** Characters of a message that are shown around its first hit. */
const BEFORE = 80;
const SHOWN = 280;
/** Scripts that put no spaces between words: a hit may begin anywhere. */
const UNSPACED = /\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Script=Hangul}|\p{Script=Thai}/u;
const WORD = /[\p{L}\p{N}\p{M}]/u;

/** What a query looks for, folded: words, and phrases as one. */
export function termsOf(query: string): string[] {
  const terms: string[] = [];
  const words = query.replace(/"([^"]*)"/gu, (_, phrase: string) => {
    terms.push(foldCase(phrase).trim());
    return " ";
  });
  for (const word of foldCase(words).split(/[^\p{L}\p{N}\p{M}]+/u)) terms.push(word);
  return terms.filter((term) => term !== "").sort((one, other) => other.length - one.length);
}

/** A text around its first hit, cut into what was searched for and the rest. Case and accents make no difference. */
export function partsOf(text: string, terms: readonly string[]): Part[] {
  const line = text.replace(/\s+/gu, " ").trim();
  const { folded, places } = foldWithOffsets(line);
  const hits = hitsOf(folded, terms).map(({ from, to }) => ({
    from: places[from] ?? line.length,
    to: places[to] ?? line.length,
  }));
  const first = hits[0]?.from ?? 0;
  const start = first <= BEFORE ? 0 : wordStart(line, first - BEFORE);
  const end = Math.min(line.length, start + SHOWN);
  const parts: Part[] = [];
  let at = start;
  const add = (to: number, hit: boolean) => {
    if (to > at) parts.push({ text: line.slice(at, to), hit });
    at = Math.max(at, to);
  };
  for (const { from, to } of hits) {
    if (from >= end) break;
    add(from, false);
    add(Math.min(to, end), true);
  }
  add(end, false);
  if (start > 0) parts.unshift({ text: "… ", hit: false });
  if (end < line.length) parts.push({ text: " …", hit: false });
  return parts;
}

function hitsOf(folded: string, terms: readonly string[]): { from: number; to: number }[] {
  const hits: { from: number; to: number }[] = [];
  for (const term of terms) {
    for (let at = folded.indexOf(term); at !== -1; at = folded.indexOf(term, at + term.length)) {
      if (at > 0 && !UNSPACED.test(term) && WORD.test(folded[at - 1] ?? "")) continue;
      hits.push({ from: at, to: at + term.length });
    }
  }
  hits.sort((one, other) => one.from - other.from || other.to - one.to);
  return hits.filter((hit, index) => index === 0 || hit.from >= (hits[index - 1]?.to ?? 0));
}

function foldCase(text: string): string {
  return text
    .normalize("NFKD")
    .replace(/\p{M}+/gu, "")
    .toLowerCase();
}

/** The folded text, and for each of its characters its position in the text; one more for the end. */
function foldWithOffsets(text: string): { folded: string; places: number[] } {
  const places: number[] = [];
  let folded = "";
  let at = 0;
  for (const character of text) {
    const small = foldCase(character);
    for (let n = 0; n < small.length; n += 1) places.push(at);
    folded += small;
    at += character.length;
  }
  places.push(at);
  return { folded, places };
}

function wordStart(text: string, from: number): number {
  const space = text.indexOf(" ", from);
  return space === -1 || space - from > 30 ? from : space + 1;
}
