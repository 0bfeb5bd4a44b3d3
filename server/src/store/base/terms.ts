import type { UserId } from "@parley/protocol";

/** Longer terms are cut: no search has longer ones, and one pasted text must not fill the index. */
const TERM_MAX = 64;

/**
 * What is not compared. First marks: accents of Latin, Greek and Cyrillic, the vowel points of Hebrew (not its maqaf,
 * which is a hyphen) and Arabic, what encloses; those of other scripts carry meaning. Then what is not read: soft hyphens,
 * joiners, marks of direction, the Arabic stretch, variants and skin tones of signs.
 */
const DROPPED = new RegExp(
  "[\\u0300-\\u036f\\u0591-\\u05bd\\u05bf\\u05c1\\u05c2\\u05c4\\u05c5\\u05c7\\u0610-\\u061a\\u064b-\\u065f\\u0670" +
    "\\u06d6-\\u06dc\\u06df-\\u06e4\\u06e7\\u06e8\\u06ea-\\u06ed\\u20d0-\\u20f0" +
    "\\u00ad\\u061c\\u0640\\u200c-\\u200f\\u202a-\\u202e\\u2060-\\u206f\\ufe00-\\ufe0f\\ufeff" +
    "\\u{1f3fb}-\\u{1f3ff}\\u{e0000}-\\u{e01ef}]+",
  "gu",
);
/**
 * Letters that Unicode does not take apart, as people type them who do not have them; and apostrophes that are letters to
 * Unicode, so that they separate like the others.
 */
const LETTERS: { readonly [letter: string]: string } = {
  ß: "ss",
  æ: "ae",
  œ: "oe",
  ø: "o",
  đ: "d",
  ð: "d",
  ħ: "h",
  ı: "i",
  ł: "l",
  ŧ: "t",
  þ: "th",
  ς: "σ",
  "\u02b9": "'",
  "\u02bb": "'",
  "\u02bc": "'",
};
const SOME_LETTERS = new RegExp(`[${Object.keys(LETTERS).join("")}]`, "gu");
const ASCII_ONLY = /^[\0-\x7f]*$/;
const NOT_ASCII_WORDS = /[^a-z0-9]+/g;
const LONG_TERM = new RegExp(`[^ ]{${TERM_MAX + 1}}`);
/** Words, flags, and the single signs of which emoji are made. */
const WORDS = /[\p{L}\p{N}][\p{L}\p{N}\p{M}]*|\p{RI}\p{RI}|\p{Extended_Pictographic}/gu;
/** Scripts that are written without spaces, or searched by parts of words. */
const UNSPACED =
  /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}\p{sc=Bopomofo}\u3099\u309a\u30fc\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]+/gu;

/** A part of a text that is cut in one way: one word, or a run of a script without spaces. */
export type Piece = { readonly text: string; readonly unspaced: boolean };

/**
 * Cuts text into the terms by which it is found, the same for every engine: words in lower case without accents; pairs of
 * neighbours for Chinese, Japanese, Korean, Thai, Lao, Khmer and Burmese, and the last character of a run, so that a single
 * one is found as the beginning of a term; emoji sign by sign, without their variants. Terms hold no ASCII but letters and
 * digits. The index holds what this returns: a change of it needs a migration that indexes again.
 */
export function terms(text: string): string[] {
  return spacedTerms(text).match(/[^ ]+/g) ?? [];
}

/** The same in one string, with a space between two terms and perhaps around them all. */
export function spacedTerms(text: string): string {
  if (!ASCII_ONLY.test(text)) return pieces(text).flatMap(termsOf).join(" ");
  const words = text.toLowerCase().replace(NOT_ASCII_WORDS, " ");
  if (words.length <= TERM_MAX || !LONG_TERM.test(words)) return words;
  return words.split(" ").map(cut).join(" ");
}

/** The pieces of a text, folded, in its order. What is no word lies between them and is left out. */
export function pieces(text: string): Piece[] {
  const found: Piece[] = [];
  for (const [word] of foldText(text).matchAll(WORDS)) {
    let end = 0;
    for (const run of word.matchAll(UNSPACED)) {
      if (run.index > end) found.push({ text: word.slice(end, run.index), unspaced: false });
      found.push({ text: run[0], unspaced: true });
      end = run.index + run[0].length;
    }
    if (end < word.length) found.push({ text: word.slice(end), unspaced: false });
  }
  return found;
}

export function termsOf({ text, unspaced }: Piece): string[] {
  if (!unspaced) return [cut(text)];
  const characters = [...text];
  return characters.map((character, i) => character + (characters[i + 1] ?? ""));
}

/** The term of a room. No word holds an underscore. */
export function roomTerm(room: number): string {
  return `_${room.toString(36)}`;
}

/** The term of an author: the random end of the id. A query by it compares the whole id, too. */
export function authorTerm(author: UserId): string {
  return `__${author.slice(-12)}`;
}

/** All that the index holds of a message: what is said, where, and by whom. */
export function indexText(room: number, author: UserId, text: string): string {
  return `${roomTerm(room)} ${authorTerm(author)} ${spacedTerms(text)}`;
}

/** Whether a term is of a script that is cut into pairs. */
export function isUnspaced(term: string): boolean {
  return term.search(UNSPACED) === 0;
}

function foldText(text: string): string {
  return text
    .normalize("NFKD")
    .replace(DROPPED, "")
    .normalize("NFC")
    .toLowerCase()
    .replace(SOME_LETTERS, (letter) => LETTERS[letter] as string);
}

function cut(term: string): string {
  return term.length <= TERM_MAX ? term : [...term].slice(0, TERM_MAX).join("");
}
