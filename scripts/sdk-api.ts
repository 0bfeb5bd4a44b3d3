// sdk/api.md: the types that the SDK exports, so that a change of its surface is seen in a diff.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";

const root = join(import.meta.dir, "..");
const ENTRIES = [
  ["@parley/sdk", "index"],
  ["@parley/sdk/node", "node/index"],
] as const;

/** The body of sdk/api.md: for each entry what it exports, by the file that declares it. Comments are left out. */
export function sdkApi(): string[] {
  const out = mkdtempSync(join(tmpdir(), "parley-api-"));
  try {
    emit(out);
    return ENTRIES.flatMap(([name, entry]) => [
      `## ${name}`,
      ...exportsOf(readFileSync(join(out, "src", `${entry}.d.ts`), "utf8")).map(({ from, names }) => {
        if (!from.startsWith("."))
          return `From \`${from}\`: ${names.map((each) => `\`${each}\``).join(", ")}.`;
        const path = join(out, "src", dirname(entry), from.replace(/\.ts$/, ".d.ts"));
        const found = declarations(readFileSync(path, "utf8"));
        const texts = names.map((each) => {
          const text = found.get(each);
          if (text === undefined)
            throw new Error(`${path} does not declare ${each}: export it from where it is declared.`);
          return text;
        });
        return `\`${relative(join(out, "src"), path).replace(/\.d\.ts$/, ".ts")}\`\n\n\`\`\`ts\n${texts.join("\n")}\n\`\`\``;
      }),
    ]);
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}

function emit(out: string): void {
  const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
  const flags = ["--noEmit", "false", "--declaration", "--emitDeclarationOnly", "--removeComments"];
  for (const project of ["sdk/tsconfig.json", "sdk/tsconfig.node.json"]) {
    const args = [tsc, "-p", join(root, project), ...flags, "--rootDir", join(root, "sdk"), "--outDir", out];
    const done = spawnSync("node", args, { encoding: "utf8" });
    if (done.status !== 0) throw new Error(`tsc failed for ${project}:\n${done.stdout}${done.stderr}`);
  }
}

/** What an index file exports, in its order: `type` and aliases are resolved to the name in the other file. */
export function exportsOf(index: string): { readonly from: string; readonly names: readonly string[] }[] {
  return [...index.matchAll(/export (?:type )?\{([^}]*)\} from "([^"]+)"/g)].map(
    ([, list = "", from = ""]) => ({
      from,
      names: list
        .split(",")
        .map(
          (each) =>
            each
              .trim()
              .replace(/^type /, "")
              .split(" as ")[0] ?? "",
        )
        .filter((each) => each !== ""),
    }),
  );
}

/** The top-level declarations of a declaration file, by name. */
export function declarations(text: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const part of text.split(/^(?=export |import |declare )/m)) {
    const [, name] =
      /^export (?:declare )?(?:abstract )?(?:type|interface|class|function|const) (\w+)/.exec(part) ?? [];
    if (name !== undefined) found.set(name, [found.get(name), part.trim()].filter(Boolean).join("\n"));
  }
  return found;
}
