/** Length in Unicode code points, as the wire counts (SPEC LM-1). */
export function codePoints(value: string): number {
  let count = 0;
  for (const _ of value) count++;
  return count;
}

/** Whether it has at most `max` code points. UTF-16 units are an upper bound, so most strings are never walked. */
export function withinCodePoints(value: string, max: number): boolean {
  if (value.length <= max) return true;
  if (value.length > 2 * max) return false;
  return codePoints(value) <= max;
}

/** Well-formed Unicode without U+0000: what every engine can store and compare alike (SPEC LM-1). */
export function isStorable(value: string): boolean {
  return value.isWellFormed() && !value.includes("\u0000");
}
