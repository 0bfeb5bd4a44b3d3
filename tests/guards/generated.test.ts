import { describe, expect, test } from "bun:test";
import { configuration, documents } from "../../scripts/documents.ts";
import { paths, read } from "./repository.ts";

/** Documents that are missing or differ from what the code says. */
function stale(made: ReadonlyMap<string, string>, current: (path: string) => string | undefined): string[] {
  return [...made]
    .filter(([path, text]) => current(path) !== text)
    .map(([path]) => `${path} is not what the code says: run npm run generate`);
}

test("generated documents are what the code says", async () => {
  const current = (path: string) => (paths().includes(path) ? read(path).text : undefined);
  expect(stale(await documents(), current)).toEqual([]);
});

describe("the guard itself", () => {
  test("sees a document that is missing and one that differs", () => {
    const made = new Map([["a.md", "new"]]);
    expect(stale(made, () => undefined)).toHaveLength(1);
    expect(stale(made, () => "old")).toHaveLength(1);
    expect(stale(made, () => "new")).toEqual([]);
  });
  test("writes a setting as one row, whatever its description holds", () => {
    const text = configuration([
      { name: "PORT", flag: "--port", type: "number", default: 8080, description: "on | off" },
    ]);
    expect(text).toContain("| `PORT` | `--port` | number | `8080` | on \\| off |");
  });
});
