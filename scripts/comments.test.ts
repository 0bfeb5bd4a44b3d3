import { expect, test } from "bun:test";
import { commentsOf } from "./comments.ts";

test("a comment belongs to the field behind it, by its path", () => {
  const source = `
/** All of it. */
export const frames = {
  /** Says hello. */
  hello: z.object({
    /** Over
     * two lines. */
    token: token.optional(),
    name: z.string(),
  }),
  // not this
  bye: z.object({ seq, /** in the line */ id: uuid }),
  /** Of a list. */
  list: z.array(
    z.object({
      /** Deep. */
      id: uuid,
    }),
  ),
} as const;

/** Chained. */
export const change = z
  .object({
    /** Inside. */
    name: z.string(),
  })
  .refine(() => true);
`;
  expect(Object.fromEntries(commentsOf(source))).toEqual({
    frames: "All of it.",
    "frames.hello": "Says hello.",
    "frames.hello.token": "Over two lines.",
    "frames.list": "Of a list.",
    "frames.list.id": "Deep.",
    change: "Chained.",
    "change.name": "Inside.",
  });
});
