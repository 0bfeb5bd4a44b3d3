// What every command of this repository needs: the pinned packages, the pinned Bun, the built page.
// Plain JavaScript for Node, because it runs before anything is installed.

import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of the repository, in which child processes run by default. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

const modules = join(root, "node_modules");
const stamps = join(modules, ".parley");
const oldestNode = [20, 19];

/** Where `bun`'s npm package keeps its binary, on every platform under this name. */
export const bun = join(modules, "bun", "bin", "bun.exe");

/** @param {string} sentence @returns {never} */
export function fail(sentence) {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
}

export function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = oldestNode;
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return;
  fail(`Parley needs Node ${oldestNode.join(".")} or newer to start; this is Node ${process.versions.node}.`);
}

/** Installs the packages of the lock file, once for each version of it. The stamp is in node_modules and deleted with it. */
export function install() {
  requireNode();
  const stamp = join(stamps, "lock");
  const wanted = lockHash();
  if (read(stamp) === wanted && bunIsReal()) return;

  process.stderr.write("Installing packages (once for each change of package-lock.json) …\n");
  npm(["ci", "--ignore-scripts", "--include=dev", "--no-audit", "--no-fund", "--loglevel=error"]);
  // With --ignore-scripts Bun's bin is a stub; its own installer replaces it with the binary.
  const installed = spawnSync(process.execPath, [join(modules, "bun", "install.js")], {
    cwd: root,
    stdio: ["ignore", "inherit", "inherit"],
  });
  if (installed.status !== 0 || !bunIsReal()) {
    fail(`Bun's binary for ${process.platform} ${process.arch} could not be installed.`);
  }
  write(stamp, wanted);
}

function lockHash() {
  const hash = createHash("sha256");
  hash.update(`${process.platform} ${process.arch}\n`);
  hash.update(readFileSync(join(root, "package-lock.json")));
  return hash.digest("hex");
}

function bunIsReal() {
  return existsSync(bun) && statSync(bun).size > 1_000_000;
}

/** @param {string[]} args */
function npm(args) {
  // Started by npm, its own script is named in the environment; that also works where npm is not on the PATH.
  const script = process.env.npm_execpath;
  const own = script?.endsWith("npm-cli.js") ? script : undefined;
  const [command, first] = own ? [process.execPath, [own]] : ["npm", []];
  const done = spawnSync(command, [...first, ...args], {
    cwd: root,
    stdio: ["ignore", "inherit", "inherit"],
    shell: !own && process.platform === "win32",
  });
  if (done.error) fail(`npm could not be started: ${done.error.message}`);
  if (done.status !== 0) fail("npm ci failed; see its output above.");
}

/** Builds the page into web/dist when one of its inputs changed since the last build. False if it cannot be built. */
export function buildPage() {
  if (!hasPage()) return true;
  const stamp = join(stamps, "page");
  const wanted = pageHash();
  if (read(stamp) === wanted && existsSync(join(root, "web", "dist", "index.html"))) return true;

  process.stderr.write("Building the page …\n");
  rmSync(stamp, { force: true });
  const done = spawnSync(process.execPath, [vite, "build", "--logLevel", "warn"], {
    cwd: join(root, "web"),
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, NODE_ENV: "production" },
  });
  if (done.status !== 0) return false;
  write(stamp, wanted);
  return true;
}

/** Vite's own script, for Node. */
export const vite = join(modules, "vite", "bin", "vite.js");

export function hasPage() {
  return existsSync(join(root, "web", "index.html"));
}

function pageHash() {
  const hash = createHash("sha256");
  for (const input of ["package-lock.json", "tsconfig.base.json", "web", "sdk", "protocol"]) {
    for (const file of filesUnder(input)) {
      hash.update(`${file}\n`);
      hash.update(readFileSync(join(root, file)));
    }
  }
  return hash.digest("hex");
}

/** @param {string} path @returns {string[]} */
function filesUnder(path) {
  if (statSync(join(root, path)).isFile()) return [path];
  return readdirSync(join(root, path), { withFileTypes: true })
    .filter((entry) => !["node_modules", "dist"].includes(entry.name) && !entry.name.startsWith("."))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => filesUnder(`${path}/${entry.name}`));
}

/**
 * Starts a child process and exits with its exit status. Signals are forwarded once.
 * @param {string} command
 * @param {string[]} args
 * @param {string} [folder] where it runs, if not in the repository
 */
export function become(command, args, folder) {
  const child = launch(command, args, folder);
  onEnd((signal) => child.kill(signal));
  child.on("exit", (code, signal) => {
    process.exit(signal ? 128 + constants.signals[signal] : (code ?? 1));
  });
}

/** @param {string} command @param {string[]} args @param {string} [folder] */
export function launch(command, args, folder = root) {
  const child = spawn(command, args, {
    cwd: folder,
    stdio: "inherit",
    // A group of its own: Ctrl-C signals the whole foreground group, and the child must get the signal once, from here.
    detached: process.platform !== "win32",
  });
  child.on("error", (error) => fail(`${command} could not be started: ${error.message}`));
  return child;
}

/**
 * Calls back when this process has to stop: on a signal, or when its parent has ended. npm killed with -9 sends no signal;
 * its orphan only gets another parent. (Bun's --no-orphans stops the child when this process is killed with -9.)
 * @param {(signal: "SIGINT" | "SIGTERM") => void} end
 */
export function onEnd(end) {
  let last = Number.NEGATIVE_INFINITY;
  process.on("SIGINT", () => {
    // One Ctrl-C arrives twice: from the terminal, and forwarded by npm. The server would take the second as "exit at once".
    if (performance.now() - last < 500) return;
    last = performance.now();
    end("SIGINT");
  });
  process.on("SIGTERM", () => end("SIGTERM"));
  process.on("SIGHUP", () => end("SIGTERM"));
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    end("SIGTERM");
  }, 500);
  watch.unref();
}

/** @param {string} file */
function read(file) {
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}

/** @param {string} file @param {string} text */
function write(file, text) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
