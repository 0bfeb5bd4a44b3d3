import { expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { root } from "./repository.ts";
import { unused } from "./unused.ts";

/** A run over the repository takes about 5 s on a quiet machine. Milliseconds. */
const LIMIT = 120_000;

test(
  "no file, export or dependency is unused, except those that knip.jsonc names with a reason",
  () => {
    expect(unused(root)).toEqual([]);
  },
  LIMIT,
);

test(
  "the guard itself sees an unused file, export and dependency, and nothing else",
  () => {
    const folder = mkdtempSync(join(tmpdir(), "parley-knip-"));
    const files = {
      "package.json": `{ "name": "sample", "type": "module", "dependencies": { "left-pad": "1.0.0" } }`,
      "knip.jsonc": `{ "entry": ["src/main.ts"], "project": ["src/**/*.ts"] }`,
      "src/main.ts": `import { used } from "./part.ts"; used();`,
      "src/part.ts": "export function used(): void {} export function idle(): void {}",
      "src/alone.ts": "export const alone = 1;",
    };
    try {
      for (const [path, text] of Object.entries(files)) {
        mkdirSync(dirname(join(folder, path)), { recursive: true });
        writeFileSync(join(folder, path), text);
      }
      expect(unused(folder).sort()).toEqual([
        "package.json: dependencies left-pad",
        "src/alone.ts: files src/alone.ts",
        "src/part.ts: exports idle",
      ]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
  LIMIT,
);
