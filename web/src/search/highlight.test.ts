import { describe, expect, test } from "bun:test";
import { partsOf, termsOf } from "./highlight.ts";

const shown = (text: string, query: string) =>
  partsOf(text, termsOf(query))
    .map(({ text: part, hit }) => (hit ? `[${part}]` : part))
    .join("");

describe("highlighting", () => {
  test("words, beginnings and phrases", () => {
    expect(shown("Tea at four, and tea at five", "TEA")).toBe("[Tea] at four, and [tea] at five");
    expect(shown("We keep the kettles here", "kett*")).toBe("We keep the [kett]les here");
    expect(shown("two words and words two", '"two words"')).toBe("[two words] and words two");
    expect(shown("steam", "tea")).toBe("steam");
    expect(shown("nothing", "")).toBe("nothing");
  });

  test("case, accents and compatibility forms make no difference", () => {
    expect(shown("Ein Café in Köln", "cafe koln")).toBe("Ein [Café] in [Köln]");
    expect(shown("ein cafe", "CAFÉ")).toBe("ein [cafe]");
    expect(shown("ﬁsh and chips", "fish")).toBe("[ﬁsh] and chips");
  });

  test("scripts without spaces are found anywhere", () => {
    expect(shown("明日は東京へ行く", "東京")).toBe("明日は[東京]へ行く");
    expect(shown("회의실에서", "의실")).toBe("회[의실]에서");
  });

  test("a long text is cut around its first hit", () => {
    const text = `${"before ".repeat(60)}needle${" after".repeat(80)}`;
    const result = shown(text, "needle");
    expect(result).toStartWith("… before");
    expect(result).toContain("[needle]");
    expect(result).toEndWith(" …");
    expect(result.length).toBeLessThan(320);
  });
});
