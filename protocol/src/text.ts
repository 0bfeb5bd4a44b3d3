import { z } from "zod";
import { LIMITS } from "./limits.ts";
import { isGrapheme, isStorable, withinCodePoints } from "./unicode.ts";

/** Text up to `max` code points that every engine can store. */
export function text(max: number) {
  return z
    .string()
    .refine((value) => withinCodePoints(value, max), { error: `is longer than ${max} code points` })
    .refine(isStorable, { error: "is not well-formed Unicode, or holds U+0000" })
    .meta({ minLength: 0, maxLength: max });
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
    })
    .meta({ minLength: 1, maxLength: max });
}

/** One reaction: a single character as a reader sees it, such as an emoji with all its parts. */
export const emoji = z.string().refine((value) => isStorable(value) && isGrapheme(value, LIMITS.emoji), {
  error: "is not one visible character",
});
