// Which files make up the repository.

import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** Folders that are not part of the repository, for a copy without git (a release archive). */
const foreign = new Set([".git", "node_modules", "dist", "data", "logs", "coverage"]);

/**
 * Paths from `root`, with forward slashes, sorted: tracked and new files of git, or without git all files on the disk.
 * @param {string} root
 * @returns {string[]}
 */
export function repositoryFiles(root) {
  const listed = spawnSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "-z"], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 64 << 20,
  });
  if (listed.status !== 0) return walk(root, "").sort();
  const files = listed.stdout.split("\0").filter((file) => file !== "" && existsSync(join(root, file)));
  return [...new Set(files)].sort();
}

/** @param {string} root @param {string} folder @returns {string[]} */
function walk(root, folder) {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    if (foreign.has(entry.name)) return [];
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    return entry.isDirectory() ? walk(root, path) : [path];
  });
}
