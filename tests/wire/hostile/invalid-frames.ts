import type { z } from "zod";

type Fields = { readonly [name: string]: unknown };

/** A frame that is wrong in one field, as text: JSON holds numbers that objects do not. */
export type InvalidFrame = { readonly field: string; readonly how: string; readonly text: string };

/** A value that JSON can carry and `JSON.stringify` cannot make. */
class Raw {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** Beyond every limit of a text, and below that of a frame. */
const LONG = "x".repeat(20_000);

const VALUES: readonly [how: string, value: unknown][] = [
  ["null", null],
  ["true", true],
  ["a number", 7],
  ["zero", 0],
  ["negative", -1],
  ["a fraction", 1.5],
  ["2^53", 2 ** 53],
  ["2^63", new Raw("9223372036854775808")],
  ["infinite", new Raw("1e999")],
  ["minus infinity", new Raw("-1e999")],
  ["a tiny fraction", new Raw("1e-320")],
  ["the text NaN", "NaN"],
  ["a number as text", "7"],
  ["empty text", ""],
  ["blank text", "   "],
  ["too long", LONG],
  ["a lone surrogate", new Raw('"\\ud800"')],
  ["U+0000", "a\u0000b"],
  ["a control character", "a\u0007b"],
  ["an upper-case UUID", "01890000-0000-7000-8000-00000000000A"],
  ["nearly a UUID", "01890000-0000-7000-8000-00000000000"],
  ["a path", "../../etc/passwd"],
  ["SQL", "'; DROP TABLE events; --"],
  ["an empty list", []],
  ["a list", [1, "two", null]],
  ["a long list", Array.from({ length: 500 }, () => "01890000-0000-7000-8000-000000000001")],
  ["an object", {}],
  ["an object with a toString", { toString: "x", valueOf: 1 }],
  ["deep", new Raw(`${"[".repeat(2_000)}${"]".repeat(2_000)}`)],
];

/** Each field left out, and of each wrong value. What the schema takes after all is not wrong and is left out. */
export function wrongFrames(schema: z.ZodObject, right: Fields): InvalidFrame[] {
  const frames: InvalidFrame[] = [];
  for (const field of Object.keys(schema.shape)) {
    if (field === "type" || field === "kind") continue;
    const { [field]: _, ...without } = right;
    if (!schema.safeParse(without).success) frames.push({ field, how: "left out", text: text(without) });
    for (const [how, value] of VALUES) {
      const frame = { ...right, [field]: value };
      const wrong = text(frame);
      if (!schema.safeParse(JSON.parse(wrong)).success) frames.push({ field, how, text: wrong });
    }
  }
  return frames;
}

function text(frame: Fields): string {
  const fields = Object.entries(frame).map(
    ([name, value]) => `${JSON.stringify(name)}:${value instanceof Raw ? value.text : JSON.stringify(value)}`,
  );
  return `{${fields.join(",")}}`;
}
