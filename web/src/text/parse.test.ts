import { describe, expect, test } from "bun:test";
import { parseMarkdown, safeAddress } from "./parse.ts";
import { type Block, plainTree, type Tree, wordsOf } from "./tree.ts";

const paragraph = (text: string) => parseMarkdown(text)[0];
const depth = (tree: Tree): number =>
  Math.max(
    0,
    ...tree.map((block) => ("children" in block && block.kind === "quote" ? 1 + depth(block.children) : 0)),
  );

describe("parseMarkdown", () => {
  test("line breaks are kept as typed", () => {
    expect(paragraph("one\ntwo\nthree")).toEqual({
      kind: "paragraph",
      children: [{ kind: "text", text: "one\ntwo\nthree" }],
    });
    expect(wordsOf(parseMarkdown("one  \ntwo\\\nthree"))).toBe("one two\\ three");
  });

  test("what people do not mean as Markdown stays as it is", () => {
    for (const text of [
      "<b>bold</b> <!-- no --> <script>x</script>",
      "&amp; &lt;",
      "[a]: https://a.example",
      "1 * 2 * 3",
      "snake_case_name",
      "#hashtag",
    ]) {
      expect(wordsOf(parseMarkdown(text))).toBe(text);
    }
    expect(parseMarkdown("Title\n---")[0]?.kind).toBe("paragraph");
    expect(parseMarkdown("    indented")[0]?.kind).toBe("paragraph");
  });

  test("addresses: only http, https and mail; what hides another one shows it", () => {
    expect(safeAddress("https://a.example/x")).toBe("https://a.example/x");
    expect(safeAddress("mailto:a@b.example")).toBe("mailto:a@b.example");
    for (const bad of [
      "javascript:alert(1)",
      "JaVaScRiPt:alert(1)",
      "data:text/html,x",
      "vbscript:x",
      "file:///etc/passwd",
      "//a.example",
      "/x",
      "https://",
    ]) {
      expect(safeAddress(bad)).toBeNull();
    }
    expect(wordsOf(parseMarkdown("[click](javascript:alert(1))"))).toBe("click (javascript:alert(1))");
    const links = JSON.stringify(
      parseMarkdown("![p](https://a.example/p.png) <https://b.example> www.c.example"),
    );
    expect(links.match(/"href":"[^"]+"/g)).toEqual([
      '"href":"https://a.example/p.png"',
      '"href":"https://b.example/"',
      '"href":"http://www.c.example/"',
    ]);
  });

  test("code keeps its language and every blank; an open fence is code to the end", () => {
    expect(parseMarkdown("```ts title\n  a  \n\n b\n```")).toEqual([
      { kind: "code", language: "ts", text: "  a  \n\n b" },
    ] satisfies Block[]);
    expect(parseMarkdown("```\nopen")[0]).toEqual({ kind: "code", language: "", text: "open" });
  });

  test("hostile texts stay plain, and nesting has an end", () => {
    for (const text of [
      ">".repeat(10_000),
      "> ".repeat(5_000),
      "1. ".repeat(2_500),
      "*a_".repeat(2_500),
      "[".repeat(8_000),
      "x".repeat(20_000),
    ]) {
      expect(parseMarkdown(text)).toEqual(plainTree(text));
    }
    expect(depth(parseMarkdown(`${"> ".repeat(20)}deep`))).toBeLessThan(8);
    expect(wordsOf(parseMarkdown(`${"> ".repeat(20)}deep`))).toBe("deep");
    const spans = parseMarkdown(`${"**a *b ".repeat(40)}${"* **".repeat(40)}`);
    expect(JSON.stringify(spans).split('"children"').length).toBeLessThan(200);
  });

  test("nothing at all is nothing but itself", () => {
    expect(parseMarkdown("")).toEqual(plainTree(""));
    expect(parseMarkdown("   ")).toEqual(plainTree("   "));
  });
});
