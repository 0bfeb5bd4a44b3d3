import { describe, expect, test } from "bun:test";
import { paths, read } from "./repository.ts";
import { bannedUses, bannedWords, isOurText } from "./vocabulary.ts";

test("our texts use the words of docs/glossary.md", () => {
  const words = bannedWords(read("docs/glossary.md").text);
  expect(words.length).toBeGreaterThan(10);
  expect(bannedUses(paths().filter(isOurText).map(read), words)).toEqual([]);
});

describe("the guard itself", () => {
  const uses = (text: string) => bannedUses([{ path: "a.ts", text }], ["stranger", "tongue*"]);

  test.each(["// A stranger comes.", "// Strangers come.", "/** tongues */", "// the stranger's name"])(
    "refuses %s",
    (text) => {
      expect(uses(text)).toHaveLength(1);
    },
  );
  test.each(["const strangerName = 1;", "// MAX_STRANGERS stays in the wire", "// estrangers"])(
    "takes %s",
    (text) => {
      expect(uses(text)).toEqual([]);
    },
  );
  test("names the line and the word", () => {
    expect(uses("one\ntwo a tongue")).toEqual(["a.ts:2: tongue"]);
  });
  test("reads the table of the glossary and nothing else", () => {
    const glossary =
      "| feed | a list |\n## Words that are not used\n\n| not | but |\n|---|---|\n| somebody, `nobody` | a user |\n";
    expect(bannedWords(glossary)).toEqual(["somebody", "nobody"]);
  });
});
