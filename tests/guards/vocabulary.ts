import type { File } from "./repository.ts";

/**
 * Words that docs/glossary.md replaces: the first column of its table "Words that are not used". Whole words in any case,
 * with their plural; `word*` also takes what begins with it.
 */
export function bannedWords(glossary: string): string[] {
  const [, section = ""] = glossary.split(/^## Words that are not used$/m);
  const words: string[] = [];
  for (const line of section.split("\n")) {
    const cell = /^\| ([^|]+) \|/.exec(line)?.[1];
    if (cell === undefined || cell === "not" || /^-+$/.test(cell)) continue;
    for (const word of cell.split(",")) words.push(word.trim().replaceAll("`", ""));
  }
  return words;
}

/** Where a file uses a banned word, as `path:line: word`. */
export function bannedUses(files: readonly File[], words: readonly string[]): string[] {
  if (words.length === 0) return [];
  const any = new RegExp(`(?<![\\w-])(?:${words.map(pattern).join("|")})(?![\\w-])`, "gi");
  return files.flatMap(({ path, text }) =>
    text
      .split("\n")
      .flatMap((line, at) => [...line.matchAll(any)].map(([word]) => `${path}:${at + 1}: ${word}`)),
  );
}

function pattern(word: string): string {
  return word.endsWith("*") ? `${word.slice(0, -1)}\\w*` : `${word}(?:s|'s)?`;
}

/** Texts that the rule is about: what we write. The glossary names the words, and generated files repeat their sources. */
export function isOurText(path: string): boolean {
  if (path === "docs/glossary.md" || path.startsWith("tests/guards/vocabulary")) return false;
  if (path.includes("/generated/") || path === "CHANGELOG.md" || path === "LICENSE") return false;
  return /\.(ts|tsx|mjs|md|yml|css|html|py|service)$/.test(path);
}
