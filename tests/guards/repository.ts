import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { repositoryFiles } from "../../scripts/files.mjs";

/** The folder of the repository. */
export const root = dirname(dirname(import.meta.dir));

/** A file by its path from the root. Guards are functions over these, so that a test can feed them bad samples. */
export type File = { readonly path: string; readonly text: string };

let listed: readonly string[] = [];

/** Every path of the repository, tracked or new. */
export function paths(): readonly string[] {
  if (listed.length === 0) listed = repositoryFiles(root);
  return listed;
}

export function read(path: string): File {
  return { path, text: readFileSync(join(root, path), "utf8") };
}

/** Our TypeScript, with tests. */
export function sources(): File[] {
  return paths().filter(isSource).map(read);
}

function isSource(path: string): boolean {
  return /\.tsx?$/.test(path);
}

/** Files that exist to try others: they may import what they try. */
export function isTrial(path: string): boolean {
  return /\.(test|contract|bench)\.tsx?$/.test(path) || /^(tests|bench|scripts)\//.test(path);
}
