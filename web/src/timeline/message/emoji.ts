/** What people react with most, by meaning: agreement, joy, feeling, work. Two rows of eight, and one more. */
export const COMMON: readonly (readonly [emoji: string, name: string])[] = [
  ["👍", "thumbs up"],
  ["👎", "thumbs down"],
  ["❤️", "heart"],
  ["😂", "laughing"],
  ["🎉", "celebration"],
  ["😮", "surprised"],
  ["😢", "sad"],
  ["🙏", "thank you"],
  ["👏", "applause"],
  ["🔥", "fire"],
  ["👀", "looking"],
  ["🤔", "thinking"],
  ["😄", "smile"],
  ["😅", "phew"],
  ["😍", "love it"],
  ["🥳", "party"],
  ["✅", "done"],
  ["❌", "no"],
  ["💯", "hundred"],
  ["🚀", "rocket"],
  ["💡", "idea"],
  ["☕", "coffee"],
  ["🍰", "cake"],
  ["👋", "wave"],
];

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** The last character as people see it, for a field that holds one: an emoji with all its parts. Empty for nothing. */
export function lastGrapheme(text: string): string {
  let last = "";
  for (const { segment } of graphemes.segment(text.trim())) last = segment;
  return last;
}
