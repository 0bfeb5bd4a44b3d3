import { expect, test } from "bun:test";
import { FRAME, FrameReader, frameOf, frameWith, MOST_FRAME } from "./frames.ts";

/** The frames that come out when the bytes arrive in pieces of these sizes, over and over. */
function readIn(bytes: Buffer, sizes: readonly number[]): [number, number, string][] {
  const found: [number, number, string][] = [];
  const reader = new FrameReader(({ kind, id, payload }) => found.push([kind, id, payload.toString("utf8")]));
  for (let at = 0, n = 0; at < bytes.length; n++) {
    const size = sizes[n % sizes.length] as number;
    reader.push(Buffer.from(bytes.subarray(at, at + size)));
    at += size;
  }
  return found;
}

test("frames arrive whole, however the stream is cut", () => {
  const texts = ["", "a", "é😀".repeat(50), "x".repeat(100_000), "", "end"];
  const bytes = Buffer.concat([
    ...texts.map((text, i) => frameOf(FRAME.call, i, text)),
    frameWith(FRAME.events, 4_294_967_295, "head", Buffer.from("\n\nrest")),
  ]);
  const expected: [number, number, string][] = [
    ...texts.map((text, i): [number, number, string] => [FRAME.call, i, text]),
    [FRAME.events, 4_294_967_295, "head\n\nrest"],
  ];
  for (const sizes of [[1], [2, 3], [7], [4, 5, 8, 13], [65_536], [bytes.length]])
    expect(readIn(bytes, sizes)).toEqual(expected);
});

test("a length that no frame has ends the stream", () => {
  const prefix = (length: number) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(length);
    return bytes;
  };
  for (const length of [0, 4, MOST_FRAME + 1, 0xffff_ffff])
    expect(() => readIn(prefix(length), [4])).toThrow(RangeError);
});
