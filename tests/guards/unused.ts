import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { root } from "./repository.ts";

const knip = join(root, "node_modules", "knip", "bin", "knip.js");

type Named = { readonly name: string };
type Issues = Readonly<Record<string, unknown>> & { readonly file: string };

/**
 * What knip finds in a folder with a `package.json` and a `knip.jsonc`, each as `file: kind name`: files that nothing imports,
 * exports that no other file uses, dependencies that are declared and not used.
 * @throws if knip itself fails
 */
export function unused(folder: string): string[] {
  const { status, stdout, stderr } = spawnSync(
    "node",
    [knip, "--directory", folder, "--reporter", "json", "--no-progress", "--no-config-hints"],
    { encoding: "utf8" },
  );
  // 0: nothing found, 1: something found, 2: it did not run.
  if (status !== 0 && status !== 1) throw new Error(`knip failed: ${stderr || stdout}`);
  const { issues } = JSON.parse(stdout) as { issues: readonly Issues[] };
  return issues.flatMap((issue) =>
    Object.entries(issue).flatMap(([kind, found]) =>
      Array.isArray(found) ? (found as Named[]).map(({ name }) => `${issue.file}: ${kind} ${name}`) : [],
    ),
  );
}
