import { describe, expect, test } from "bun:test";
import { parseMarkdown, safeAddress } from "./parse.ts";
import { type Block, nodesOf, plainTree, type Tree, wordsOf } from "./tree.ts";

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

  test("whatever is repeated, the nodes of a text stop growing: doubling it ends in plain text", () => {
    const units = [
      "- a\n",
      "1. a\n",
      "- - - - a\n",
      "a\n\n",
      "a\n",
      "> a\n",
      "> > > a\n\n",
      "# a\n",
      "---\n",
      "*a* ",
      "`a` ",
      "~~a~~ ",
      "**a *b _c ",
      "[a](https://b.example) ",
      "a@b.example ",
      "a@",
      "www.a.example ",
      "https://a.example ",
      "```\na\n```\n",
      "   - a\r",
    ];
    for (const unit of units) {
      const counts: number[] = [];
      for (let times = 1; unit.length * times <= 16_000; times *= 2)
        counts.push(nodesOf(parseMarkdown(unit.repeat(times))));
      expect([unit, Math.max(...counts) <= 600]).toEqual([unit, true]);
      // The longest of each kind is beyond every limit, or is cheap whatever its length.
      expect([unit, (counts.at(-1) ?? 0) <= 150]).toEqual([unit, true]);
    }
    const stairs = Array.from({ length: 120 }, (_, at) => `${" ".repeat(2 * at)}- a`).join("\n");
    expect(parseMarkdown(stairs)).toEqual(plainTree(stairs));
  });

  test("what people really send is parsed: a long list, a long program, many links", () => {
    const list = Array.from({ length: 100 }, (_, at) => `- **item** ${at}`).join("\n");
    expect(parseMarkdown(list)[0]?.kind).toBe("list");
    const program = `\`\`\`diff\n${"- old * [x] @me\n+ new\n\n".repeat(150)}\`\`\``;
    expect(parseMarkdown(program)[0]?.kind).toBe("code");
    const links = "see https://a.example/x ".repeat(60);
    expect(JSON.stringify(parseMarkdown(links)).match(/"href"/g)).toHaveLength(60);
  });

  test("a fence that the parser does not take for one hides nothing from the limits", () => {
    for (const opening of ["```a`b\n", "- ```\n", "  ```\n```\n```\n", "~~~\n ~~~~ \n"]) {
      const text = opening + "- a\n".repeat(2_000);
      expect([opening, nodesOf(parseMarkdown(text)) <= 600]).toEqual([opening, true]);
    }
  });

  test("a link whose text reads like another address shows where it leads", () => {
    const words = (text: string) => wordsOf(parseMarkdown(text));
    expect(words("[https://bank.example](https://evil.example/x)")).toBe(
      "https://bank.example (evil.example)",
    );
    expect(words("[bank.example](https://evil.example:8443/)")).toBe("bank.example (evil.example:8443)");
    expect(words("[**bank.example**](https://evil.example)")).toBe("bank.example (evil.example)");
    expect(words("[help@bank.example](mailto:x@evil.example)")).toBe("help@bank.example (x@evil.example)");
    expect(words("![bank.example](https://evil.example)")).toBe("bank.example (evil.example)");
    expect(words("[moc\u202e](https://evil.example)")).toContain("(evil.example)");
    for (const plain of ["https://a.example/readme.md", "www.a.example", "me@a.example"])
      expect(words(plain)).toBe(plain);
    expect(words("[a.example](https://www.a.example)")).toBe("a.example");
    expect(words("[the house rules](https://a.example/rules)")).toBe("the house rules");
  });

  test("an address with a user name in it is no link", () => {
    expect(safeAddress("https://bank.example@evil.example/")).toBeNull();
    expect(safeAddress("https://user:pw@a.example/")).toBeNull();
    expect(JSON.stringify(parseMarkdown("https://user:pw@evil.example"))).not.toContain('"href"');
    expect(wordsOf(parseMarkdown("[in](https://bank.example@evil.example)"))).toBe(
      "in (https://bank.example@evil.example)",
    );
  });

  test("nothing at all is nothing but itself", () => {
    expect(parseMarkdown("")).toEqual(plainTree(""));
    expect(parseMarkdown("   ")).toEqual(plainTree("   "));
  });
});
