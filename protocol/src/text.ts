import { z } from "zod";
import { isStorable, withinCodePoints } from "./unicode.ts";

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
