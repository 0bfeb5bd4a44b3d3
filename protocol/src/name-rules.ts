import { skeleton } from "./skeleton.ts";

/**
 * The rules for new names. Names that were stored by an earlier version stay valid: the rules are applied when a name is
 * given for the first time, never when it is read.
 */

/** Names under which the dialects print notices of the server. */
const RESERVED = ["System", "Parley"].map(skeleton);

/** Marks in a row that do not belong to a script: more are stacked over other lines of text. */
const MOST_MARKS = 2;
/** Marks in a row of any script. Burmese writes up to four. */
const MOST_SCRIPT_MARKS = 4;

const EMOJI = /\p{RGI_Emoji}/gv;
const INVISIBLE = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;
const VISIBLE = /[[\p{L}\p{N}\p{P}\p{S}]--\u2800]/v;
const STACKED = new RegExp(`\\p{Script=Inherited}{${MOST_MARKS + 1}}|\\p{M}{${MOST_SCRIPT_MARKS + 1}}`, "u");
const REPEATED_MARK = /(\p{M})\1/u;

/** Scripts that are written together (UTS #39, highly restrictive); every other script is used alone. */
const TOGETHER: readonly (readonly string[])[] = [
  ["Latin", "Han", "Hiragana", "Katakana"],
  ["Latin", "Han", "Bopomofo"],
  ["Latin", "Han", "Hangul"],
];
const ALONE: readonly string[] = [
  ..."Adlam Arabic Armenian Balinese Bengali Buginese Canadian_Aboriginal Chakma Cham Cherokee Coptic Cyrillic".split(
    " ",
  ),
  ..."Devanagari Ethiopic Georgian Glagolitic Gothic Greek Gujarati Gurmukhi Hebrew Javanese Kannada".split(
    " ",
  ),
  ..."Khmer Lao Limbu Lisu Malayalam Meetei_Mayek Mongolian Myanmar New_Tai_Lue Nko Ogham Ol_Chiki Oriya".split(
    " ",
  ),
  ..."Runic Samaritan Saurashtra Sinhala Sundanese Syriac Tai_Le Tai_Tham Tamil Telugu Thaana Thai Tibetan".split(
    " ",
  ),
  ..."Tifinagh Vai Yi".split(" "),
];
const WRITINGS = [...TOGETHER, ...ALONE.map((script) => [script])].map(
  (scripts) =>
    new RegExp(
      `^[${["Common", "Inherited", ...scripts].map((s) => `\\p{Script_Extensions=${s}}`).join("")}]*$`,
      "u",
    ),
);

/** Why a name cannot be taken, in words that follow the name of the field; null if it can. */
export function nameProblem(name: string): string | null {
  // Sequences that are one emoji hold joiners and variation selectors, and belong to no script.
  const text = name.normalize("NFC").replace(EMOJI, "☺");
  if (INVISIBLE.test(text)) return "holds characters that cannot be seen";
  if (!VISIBLE.test(text)) return "has no visible character";
  if (STACKED.test(text) || REPEATED_MARK.test(text)) return "stacks too many marks on one character";
  if (!WRITINGS.some((writing) => writing.test(text))) return "mixes scripts that are not written together";
  if (isReserved(name)) return "is reserved for the server's own notices";
  return null;
}

/** Whether a message under this name could be taken for a notice of the server: `System`, or `System: …`. */
export function isReserved(name: string): boolean {
  const shown = skeleton(name);
  return RESERVED.some((reserved) => shown === reserved || new RegExp(`^${reserved}\\s*:`, "u").test(shown));
}
