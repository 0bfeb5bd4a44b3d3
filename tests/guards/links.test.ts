import { describe, expect, test } from "bun:test";
import { brokenLinks } from "./links.ts";
import { paths, read } from "./repository.ts";

test("every link between our documents leads somewhere", () => {
  const documents = paths().filter((path) => path.endsWith(".md"));
  expect(brokenLinks(documents.map(read), paths())).toEqual([]);
});

describe("the guard itself", () => {
  const judge = (text: string) => {
    const other = { path: "docs/adr/0001-bun.md", text: "# 1. Bun, the runtime\n" };
    return brokenLinks([{ path: "docs/a.md", text }, other], ["docs/a.md", other.path, "LICENSE"]);
  };

  test.each([
    ["[a](missing.md)"],
    ["[a](../docs/b.md)"],
    ["[a](adr/0001-bun.md#2-node)"],
    ["[a](#nowhere)"],
    ["[a](LICENSE)"],
  ])("sees that %s leads nowhere", (text) => {
    expect(judge(text)).toHaveLength(1);
  });
  test.each([
    ["[a](../LICENSE)"],
    ["[a](adr)"],
    ["[a](adr/0001-bun.md)"],
    ["[a](adr/0001-bun.md#1-bun-the-runtime)"],
    ["# Here\n[a](#here)"],
    ["[a](https://example.org/missing.md)"],
    ["`[a](missing.md)`"],
    ["```\n[a](missing.md)\n```"],
  ])("takes %s", (text) => {
    expect(judge(text)).toEqual([]);
  });
});
