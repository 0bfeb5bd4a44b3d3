// npm run types: tsc over every tsconfig of the repository, two at a time.

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { install, root } from "./toolchain.mjs";

/** Each folder is checked with the types that it may use, hence many small projects instead of one. */
const projects = [
  "protocol/tsconfig.json",
  "protocol/tsconfig.test.json",
  "server/tsconfig.json",
  "server/src/core/tsconfig.json",
  "sdk/tsconfig.json",
  "sdk/tsconfig.node.json",
  "sdk/tsconfig.test.json",
  "web/tsconfig.json",
  "web/tsconfig.test.json",
  "cli/tsconfig.json",
  "bench/tsconfig.json",
  "tests/tsconfig.json",
  "scripts/tsconfig.json",
];

/** @returns {Promise<{ passed: number, failed: number }>} */
export async function checkTypes() {
  const waiting = projects.filter((project) => existsSync(join(root, project)));
  const counts = { passed: 0, failed: 0 };
  const lane = async () => {
    for (let project = waiting.shift(); project; project = waiting.shift()) {
      const { code, output } = await tsc(project);
      // TS18003: the folder has no source files yet.
      const ok = code === 0 || output.includes("TS18003");
      counts[ok ? "passed" : "failed"] += 1;
      process.stdout.write(`${ok ? "ok  " : "FAIL"} types ${project}\n${ok ? "" : output}`);
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, Math.min(4, cpus().length)) }, lane));
  return counts;
}

/** @param {string} project @returns {Promise<{ code: number, output: string }>} */
function tsc(project) {
  const script = join(root, "node_modules", "typescript", "bin", "tsc");
  const child = spawn(process.execPath, [script, "-p", project, "--pretty", "false"], { cwd: root });
  let output = "";
  child.stdout.on("data", (chunk) => (output += chunk));
  child.stderr.on("data", (chunk) => (output += chunk));
  return new Promise((resolve) => child.on("close", (code) => resolve({ code: code ?? 1, output })));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  install();
  const { failed } = await checkTypes();
  process.exitCode = failed === 0 ? 0 : 1;
}
