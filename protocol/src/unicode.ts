/**
 * Length in Unicode code points, as the wire counts (SPEC LM-1).
 *
 * @example
 * const isTooLong = codePoints(text) > LIMITS.text;
 */
export function codePoints(value: string): number {
  let count = 0;
  for (const _ of value) count++;
  return count;
}

/** Whether it has at most `max` code points. UTF-16 units are an upper bound, so most strings are not iterated. */
export function withinCodePoints(value: string, max: number): boolean {
  if (value.length <= max) return true;
  if (value.length > 2 * max) return false;
  return codePoints(value) <= max;
}

/**
 * Exactly one character as people see it (a grapheme cluster, UAX #29), of at most `max` code points, and visible.
 *
 * @example
 * isGrapheme("👍", LIMITS.emoji); // true
 */
export function isGrapheme(value: string, max: number): boolean {
  if (value.trim() === "" || /[\p{Cc}\p{Zl}\p{Zp}]/u.test(value) || !withinCodePoints(value, max))
    return false;
  const segments = new Intl.Segmenter("und", { granularity: "grapheme" }).segment(value)[Symbol.iterator]();
  return !segments.next().done && segments.next().done === true;
}

/** Well-formed Unicode without U+0000: what every engine can store and compares in the same way (SPEC LM-1). */
export function isStorable(value: string): boolean {
  return value.isWellFormed() && !value.includes("\u0000");
}
