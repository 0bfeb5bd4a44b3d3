import { describe, expect, test } from "bun:test";
import { pieces } from "./pieces.ts";

const links = (text: string) => pieces(text).flatMap((piece) => (piece.kind === "link" ? [piece.text] : []));

describe("pieces", () => {
  test("words alone stay words", () => {
    expect(pieces("no link here: 3/4 <b>bold</b>")).toEqual([
      { kind: "words", text: "no link here: 3/4 <b>bold</b>" },
    ]);
    expect(pieces("")).toEqual([]);
  });

  test("a link keeps the words around it", () => {
    expect(pieces("see https://a.example/x for more")).toEqual([
      { kind: "words", text: "see " },
      { kind: "link", text: "https://a.example/x", href: "https://a.example/x" },
      { kind: "words", text: " for more" },
    ]);
  });

  test("nothing of the text is lost or added", () => {
    for (const text of ["(https://a.example).", "https://a.example https://b.example!", "x https:// y"]) {
      expect(
        pieces(text)
          .map((piece) => piece.text)
          .join(""),
      ).toBe(text);
    }
  });

  test("the end of a sentence is not part of an address", () => {
    expect(links("Look: https://a.example/page. And (https://b.example/x), https://c.example/?q=1!")).toEqual(
      ["https://a.example/page", "https://b.example/x", "https://c.example/?q=1"],
    );
  });

  test("brackets inside an address stay", () => {
    expect(links("https://a.example/wiki/Parley_(talk)")).toEqual(["https://a.example/wiki/Parley_(talk)"]);
    expect(links("(https://a.example/wiki/Parley_(talk))")).toEqual(["https://a.example/wiki/Parley_(talk)"]);
  });

  test("only http and https become links", () => {
    expect(
      links("javascript:alert(1) data:text/html,x file:///etc/passwd ftp://a.example mailto:a@b.example"),
    ).toEqual([]);
    expect(links("xhttp://a.example")).toEqual([]);
  });

  test("what is no address stays words", () => {
    expect(links("https:// http://: https://[")).toEqual([]);
  });
});
