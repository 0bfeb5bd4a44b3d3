import { describe, expect, test } from "bun:test";
import { previewOf } from "./preview.ts";

describe("what is shown of a long text at first", () => {
  test("a text of usual length is shown whole", () => {
    for (const text of ["", "short", "x".repeat(1_600), "a\n".repeat(15)]) expect(previewOf(text)).toBeNull();
  });

  test("many lines are cut at the end of a line, and the rest is counted", () => {
    const text = Array.from({ length: 100 }, (_, at) => `line ${at + 1}`).join("\n");
    const preview = previewOf(text);
    expect(preview?.text.split("\n").at(-1)).toBe("line 12");
    expect(preview?.hidden).toBe(88);
  });

  test("one long line is cut after a word, and never inside of a character", () => {
    const words = previewOf("word ".repeat(1_000))?.text ?? "";
    expect(words.endsWith("word")).toBe(true);
    expect(words.length).toBeLessThanOrEqual(1_200);
    const faces = previewOf(`x${"\u{1f600}".repeat(4_000)}`)?.text ?? "";
    expect(faces.isWellFormed()).toBe(true);
    expect(faces.length).toBeLessThanOrEqual(1_200);
  });

  test("whatever its length, the same amount is shown", () => {
    for (let times = 1_000; times <= 64_000; times *= 2) {
      expect((previewOf("- a\n".repeat(times))?.text ?? "").length).toBeLessThanOrEqual(48);
      expect((previewOf("x".repeat(2 * times))?.text ?? "").length).toBeLessThanOrEqual(1_200);
    }
  });
});
