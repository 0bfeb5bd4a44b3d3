// npm run dev: the server restarts and the page is rebuilt when a file changes. Flags after `--` go to the server.

import { spawn } from "node:child_process";
import { mkdirSync, watch } from "node:fs";
import { join } from "node:path";
import { bun, hasPage, install, launch, onEnd, root, vite } from "./toolchain.mjs";

/** An editor writes a file in several steps. Milliseconds. */
const settle = 100;

const helpOnly = process.argv.includes("--help");

install();
if (hasPage() && !helpOnly) {
  // Built by a watcher instead of served by a second server, so that the page has the same address as in production.
  const page = spawn(
    process.execPath,
    [vite, "build", "--watch", "--mode", "development", "--logLevel", "warn"],
    {
      cwd: join(root, "web"),
      stdio: ["ignore", "inherit", "inherit"],
    },
  );
  process.on("exit", () => page.kill("SIGTERM"));
}

/** Why the server that runs now was asked to end. @type {"change" | "end" | undefined} */
let asked;
let server = start();

// Not Bun's --watch: it does not watch files that only a worker loads, such as the store and the rules.
for (const folder of ["server/src", "protocol/src", "web/dist"]) watchFolder(folder);
onEnd((signal) => {
  if (server.exitCode !== null) process.exit(0);
  asked = "end";
  server.kill(signal);
});

function start() {
  asked = undefined;
  const child = launch(bun, ["--no-orphans", "server/src/main.ts", ...process.argv.slice(2)]);
  child.on("exit", (code) => {
    if (asked === "end") process.exit(0);
    if (asked === "change") server = start();
    // The arguments are not valid, or asked for help: exit, instead of waiting for a change.
    else if (helpOnly || code === 2) process.exit(code ?? 1);
    else process.stdout.write("The server exited. It starts again with the next change of a file.\n");
  });
  return child;
}

/** @param {string} folder */
function watchFolder(folder) {
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  const changed = () => {
    clearTimeout(timer);
    timer = setTimeout(restart, settle);
  };
  mkdirSync(join(root, folder), { recursive: true }); // web/dist does not exist before the first build
  watch(join(root, folder), { recursive: true }, (_, file) => {
    if (!file?.includes(".test.")) changed();
  });
}

function restart() {
  if (asked) return;
  if (server.exitCode !== null || server.signalCode !== null) {
    server = start();
    return;
  }
  asked = "change";
  server.kill("SIGTERM");
}
