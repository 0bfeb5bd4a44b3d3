// npm run build:executable: one file, dist/parley, that holds the runtime, the server, its threads, the page and the
// documents. Nothing is downloaded: it is built with the installed Bun.

import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { buildPage, bun, fail, install, root } from "./toolchain.mjs";

const dist = join(root, "dist");
const file = join(dist, process.platform === "win32" ? "parley.exe" : "parley");
/** Built in a separate folder and renamed: a running executable cannot be overwritten, but it can be replaced. */
const making = join(dist, `making-${process.pid}`);

/**
 * Every worker is an entry besides the first. All entries are in one folder of the executable, so that
 * `new URL("./write-worker.ts", import.meta.url)` finds the worker there as it does in the repository.
 */
const entries = ["cli/src/executable.ts", ...threads("server/src/store/sqlite")];
/** In the executable they are found by their last folder name: server/src/serve.ts reads `dist` and `generated`. */
const assets = ["web/dist", "protocol/generated"];

install();
if (!buildPage()) fail("The page could not be built; see the output of Vite above.");
for (const asset of assets) if (!existsSync(join(root, asset))) fail(`${asset} is missing.`);

rmSync(making, { recursive: true, force: true });
mkdirSync(making, { recursive: true });
process.on("exit", () => rmSync(making, { recursive: true, force: true }));
const made = join(making, "parley");
const built = spawnSync(
  bun,
  [
    "build",
    "--compile",
    "--sourcemap=inline", // a stack trace in the log names the source files and lines
    // No code and no settings are loaded from the folder in which it is started.
    "--no-compile-autoload-dotenv",
    "--no-compile-autoload-bunfig",
    "--entry-naming=[name].[ext]",
    ...entries,
    ...assets.flatMap((asset) => ["--asset", asset]),
    `--outfile=${made}`,
  ],
  { cwd: root, stdio: ["ignore", "ignore", "inherit"], env: { ...process.env, NODE_ENV: "production" } },
);
const result = existsSync(made) ? made : `${made}.exe`;
if (built.status !== 0 || !existsSync(result)) fail("The executable could not be built.");
chmodSync(result, 0o755);
renameSync(result, file);
process.stdout.write(`Built ${file}: ${(statSync(file).size / 1e6).toFixed(1)} MB.\n`);

/** @param {string} folder @returns {string[]} */
function threads(folder) {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith("-worker.ts"))
    .map((name) => `${folder}/${name.replaceAll("\\", "/")}`)
    .sort();
}
