import { describe, expect, test } from "bun:test";
import { dirname, join } from "node:path";
import { declarations, exportsOf } from "../../scripts/sdk-api.ts";
import { type File, paths, read } from "./repository.ts";

/** Exported functions and classes whose documentation has no `@example`. `type` exports need none. */
function withoutExample(entry: File, sources: readonly File[]): string[] {
  return exportsOf(entry.text).flatMap(({ from, names }) => {
    const folder = from.startsWith(".") ? dirname(entry.path) : "";
    const candidates = from.startsWith(".")
      ? sources.filter(({ path }) => path === join(folder, from))
      : sources.filter(({ path }) => path.startsWith("protocol/src/"));
    return names.filter((name) =>
      candidates.some(({ text }) => {
        const at = text.search(new RegExp(`^export (?:function|class) ${name}\\b`, "m"));
        return (
          at >= 0 && !/\/\*\*(?:(?!\*\/)[\s\S])*@example(?:(?!\*\/)[\s\S])*\*\/\s*$/.test(text.slice(0, at))
        );
      }),
    );
  });
}

const sources = paths()
  .filter((path) => /^(sdk|protocol)\/src\/.*\.ts$/.test(path) && !path.endsWith(".test.ts"))
  .map(read);

test.each(["sdk/src/index.ts", "sdk/src/node/index.ts"])(
  "each function and class of %s has an example",
  (path) => {
    expect(withoutExample(read(path), sources)).toEqual([]);
  },
);

describe("the guard itself", () => {
  const entry = { path: "sdk/src/index.ts", text: 'export { type A, one, Two } from "./a.ts";\n' };
  const source = (text: string) => [{ path: "sdk/src/a.ts", text }];

  test("sees a function and a class without an example", () => {
    const bare = "/** Makes one. */\nexport function one() {}\n/** Two. */\nexport class Two {}\n";
    expect(withoutExample(entry, source(bare))).toEqual(["one", "Two"]);
    const full = "/**\n * @example\n * one();\n */\nexport function one() {}\nexport type Two = 1;\n";
    expect(withoutExample(entry, source(full))).toEqual([]);
    // The example of another function is not this one's.
    const other = `${full}export function Two() {}\n`;
    expect(withoutExample(entry, source(other))).toEqual(["Two"]);
  });

  test("reads what an index exports and how it is declared", () => {
    expect(exportsOf(entry.text)).toEqual([{ from: "./a.ts", names: ["A", "one", "Two"] }]);
    const text =
      'import type { B } from "./b.ts";\nexport type A = {\n    b: B;\n};\nexport declare function one(): A;\n';
    expect([...declarations(text)]).toEqual([
      ["A", "export type A = {\n    b: B;\n};"],
      ["one", "export declare function one(): A;"],
    ]);
  });
});
