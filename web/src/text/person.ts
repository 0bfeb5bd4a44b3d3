/** How many colours the tokens hold for people. */
const COLOURS = 8;

/** The initials of a name, one or two letters: "Anna Berg" is AB, "anna" is A. Works on graphemes, also for emoji. */
export function initials(name: string): string {
  const words = name
    .trim()
    .split(/[\s._-]+/u)
    .filter(Boolean);
  const first = firstLetter(words[0] ?? "?");
  const last = words.length > 1 ? firstLetter(words[words.length - 1] ?? "") : "";
  return `${first}${last}`.toUpperCase();
}

/** A colour variable for a person: a function of the id, the same on every device. */
export function personColour(id: string): string {
  let hash = 0;
  for (let i = 0; i < id.length; i += 1) hash = (hash * 31 + id.charCodeAt(i)) >>> 0;
  return `var(--person-${hash % COLOURS})`;
}

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

function firstLetter(word: string): string {
  for (const { segment } of graphemes.segment(word)) return segment;
  return "";
}
