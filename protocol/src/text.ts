import { z } from "zod";

/** Length in Unicode code points. UTF-16 units are an upper bound, so most strings are never walked. */
export function withinCodePoints(value: string, max: number): boolean {
  if (value.length <= max) return true;
  if (value.length > 2 * max) return false;
  let count = 0;
  for (const _ of value) if (++count > max) return false;
  return true;
}

/** Well-formed Unicode without U+0000: what every engine can store and compare alike (SPEC LM-1). */
export function isStorable(value: string): boolean {
  return value.isWellFormed() && !value.includes("\u0000");
}

/** Text up to `max` code points that every engine can store. */
export function text(max: number) {
  return z
    .string()
    .refine((value) => withinCodePoints(value, max), { error: `is longer than ${max} code points` })
    .refine(isStorable, { error: "is not well-formed Unicode, or holds U+0000" });
}

/** A name: trimmed, 1 to `max` code points, no control characters. */
export function name(max: number) {
  return z
    .string()
    .transform((value) => value.trim())
    .refine((value) => value.length > 0, { error: "is empty" })
    .refine((value) => withinCodePoints(value, max), { error: `is longer than ${max} code points` })
    .refine((value) => isStorable(value) && !/\p{Cc}/u.test(value), {
      error: "holds control characters or broken Unicode",
    });
}
