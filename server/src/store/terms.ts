/** Longer terms are cut: nobody types more, and one paste must not fill the index. */
const TERM_MAX = 64;

/** Accents of Latin, Greek and Cyrillic, and the vowel points of Hebrew and Arabic; signs of other scripts carry meaning. */
const MARKS = /[\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670]+/gu;
const ASCII_ONLY = /^[\0-\x7f]*$/;
const NOT_ASCII_WORDS = /[^a-z0-9]+/g;
const LONG_TERM = new RegExp(`[^ ]{${TERM_MAX + 1}}`);
const WORDS = /[\p{L}\p{N}\p{M}]+/gu;
/** Scripts that are written without spaces, or searched by parts of words. */
const CJK = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}\u30fc]+/gu;

/**
 * Cuts text into the terms by which it is found, the same for every engine: words in lower case without accents; pairs of
 * neighbours for Chinese, Japanese and Korean, and the last character of a run, so that a single one is found as the
 * beginning of a term. Terms hold letters, digits and marks only.
 */
export function terms(text: string): string[] {
  return spacedTerms(text).match(/[^ ]+/g) ?? [];
}

/** The same in one string, with spaces between the terms and perhaps around them. */
export function spacedTerms(text: string): string {
  if (!ASCII_ONLY.test(text)) return foldedTerms(text).join(" ");
  const words = text.toLowerCase().replace(NOT_ASCII_WORDS, " ");
  if (words.length <= TERM_MAX || !LONG_TERM.test(words)) return words;
  return words.split(" ").map(cut).join(" ");
}

function foldedTerms(text: string): string[] {
  const found: string[] = [];
  for (const word of fold(text).match(WORDS) ?? []) {
    let end = 0;
    for (const run of word.matchAll(CJK)) {
      if (run.index > end) found.push(cut(word.slice(end, run.index)));
      pairs(run[0], found);
      end = run.index + run[0].length;
    }
    if (end < word.length) found.push(cut(word.slice(end)));
  }
  return found;
}

/** The term that stands for a room. No word holds an underscore. */
export function roomTerm(room: number): string {
  return `_${room.toString(36)}`;
}

function fold(text: string): string {
  return text
    .normalize("NFKD")
    .replace(MARKS, "")
    .normalize("NFC")
    .toLowerCase()
    .replace(MARKS, "")
    .replaceAll("ß", "ss");
}

function pairs(run: string, found: string[]): void {
  const characters = [...run];
  for (let i = 0; i + 1 < characters.length; i++) found.push(`${characters[i]}${characters[i + 1]}`);
  found.push(characters.at(-1) as string);
}

function cut(term: string): string {
  return term.length <= TERM_MAX ? term : [...term].slice(0, TERM_MAX).join("");
}
