import { describe, expect, test } from "bun:test";
import { paths, read } from "./repository.ts";
import { bannedUses, bannedWords, isOurText } from "./vocabulary.ts";

/** Where texts still wait for the language pass: folders, and files of the root. Emptied when the last one is done. */
const PENDING: readonly string[] = [
  "ARCHITECTURE.md",
  "CONTRIBUTING.md",
  "README.md",
  "SECURITY.md",
  "bench/",
  "cli/",
  "docs/",
  "examples/",
  "ops/",
  "protocol/",
  "scripts/",
  "sdk/",
  "server/",
  "tests/browser/",
  "tests/dialects/",
  "tests/operate/",
  "web/",
];

const isPending = (path: string) => PENDING.some((pending) => path.startsWith(pending));
const path = "docs/glossary.md";
const words = bannedWords(paths().includes(path) ? read(path).text : "");

test("our texts use the words of docs/glossary.md", () => {
  if (!isPending(path)) expect(words.length).toBeGreaterThan(10);
  const texts = paths().filter((text) => isOurText(text) && !isPending(text));
  expect(bannedUses(texts.map(read), words)).toEqual([]);
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
