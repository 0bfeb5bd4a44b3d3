// System programs that some suites use: found, in CI installed, or reported as missing.

import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync, readdirSync } from "node:fs";
import { delimiter, join } from "node:path";

/** @typedef {import("./suites.mjs").Tool} Tool */

/** @param {Tool} tool @returns {string | undefined} the program's path */
export function findTool(tool) {
  const named = process.env[tool.env];
  if (named) return runs(named) && probed(named, tool) ? named : undefined;
  const folders = (process.env.PATH ?? "")
    .split(delimiter)
    .concat("/usr/bin", "/usr/local/bin", "/usr/sbin", versionsOf(tool.folders));
  return tool.names
    .flatMap((name) => folders.map((folder) => join(folder, name)))
    .find((path) => runs(path) && probed(path, tool));
}

/** The newest first. @param {string | undefined} folder @returns {string[]} */
function versionsOf(folder) {
  if (!folder || !existsSync(folder)) return [];
  const versions = readdirSync(folder).sort((one, other) => Number(other) - Number(one));
  return versions.map((version) => join(folder, version, "bin"));
}

/** Installs Debian packages. Only with CI=true, where the machine may be changed. @param {Tool[]} tools */
export function installTools(tools) {
  if (tools.length === 0 || process.env.CI !== "true") return;
  const packages = tools.map((tool) => tool.debian);
  process.stdout.write(`Installing ${packages.join(" and ")} …\n`);
  apt(["update", "-qq"]);
  apt(["install", "-y", "-qq", "--no-install-recommends", ...packages]);
}

/** @param {string[]} args */
function apt(args) {
  const isRoot = process.getuid?.() === 0;
  const [command, first] = isRoot ? ["apt-get", []] : ["sudo", ["-n", "apt-get"]];
  const done = spawnSync(command, [...first, ...args], {
    stdio: ["ignore", "ignore", "inherit"],
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    timeout: 10 * 60_000,
  });
  // Not fatal: the suites that need the program report it at the end.
  if (done.status !== 0) process.stdout.write(`apt-get ${args[0]} did not succeed.\n`);
}

/** @param {string} path @param {Tool} tool */
function probed(path, { probe }) {
  return !probe || spawnSync(path, probe, { stdio: "ignore", timeout: 30_000 }).status === 0;
}

/** @param {string} path */
function runs(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
