// npm run build:packages: the published packages, as folders and tarballs in dist/packages: JavaScript and declarations made
// by tsc. Inside the repository the packages are used as sources; only the packed ones have `dist`.

import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fail, install, root } from "./toolchain.mjs";

/** In the order they are built: later ones are compiled against the declarations of earlier ones. */
const workspaces = ["protocol", "sdk"];
const out = join(root, "dist", "packages");
const tsc = join(root, "node_modules", "typescript", "bin", "tsc");

install();
rmSync(out, { recursive: true, force: true });
for (const workspace of workspaces) build(workspace);

/** @param {string} workspace */
function build(workspace) {
  const from = join(root, workspace);
  const to = join(out, workspace);
  mkdirSync(to, { recursive: true });
  const { private: _, ...manifest } = JSON.parse(readFileSync(join(from, "package.json"), "utf8"));
  compile(workspace, from, to, Object.values(manifest.exports));
  /** The types come first: a resolver takes the first condition that fits. @param {string} source */
  const entry = (source) => {
    const built = source.replace(/^\.\/src\//, "./dist/").replace(/\.ts$/, "");
    return { types: `${built}.d.ts`, default: `${built}.js` };
  };
  const exports = Object.fromEntries(
    Object.entries(manifest.exports).map(([name, source]) => [name, entry(source)]),
  );
  writeFileSync(join(to, "package.json"), `${JSON.stringify({ ...manifest, exports }, null, 2)}\n`);
  cpSync(join(root, "LICENSE"), join(to, "LICENSE"));
  cpSync(join(from, "README.md"), join(to, "README.md"));
  const packed = spawnSync("npm", ["pack", "--silent", "--pack-destination", out], {
    cwd: to,
    encoding: "utf8",
  });
  if (packed.status !== 0) fail(`npm pack failed in ${to}: ${packed.stderr}`);
  process.stdout.write(`Built ${join(out, packed.stdout.trim())}\n`);
}

/**
 * Only what the entries reach is compiled: no tests, no simulation.
 * @param {string} workspace @param {string} from @param {string} to @param {string[]} entries
 */
function compile(workspace, from, to, entries) {
  const project = join(to, "tsconfig.json");
  const config = {
    extends: join(from, "tsconfig.json"),
    compilerOptions: {
      noEmit: false,
      declaration: true,
      rewriteRelativeImportExtensions: true,
      rootDir: join(from, "src"),
      outDir: join(to, "dist"),
      // Only the entry for Node uses them; `npm run types` checks the rest without.
      types: workspace === "sdk" ? ["node"] : [],
      paths: { "@parley/protocol": [join(out, "protocol", "dist", "index.d.ts")] },
    },
    include: [],
    files: entries.map((entry) => join(from, entry)),
  };
  writeFileSync(project, JSON.stringify(config));
  const done = spawnSync(process.execPath, [tsc, "-p", project], { stdio: ["ignore", "inherit", "inherit"] });
  rmSync(project);
  if (done.status !== 0) fail(`tsc failed for ${from}.`);
  // tsc rewrites the imports of the JavaScript, not those of the declarations.
  for (const name of readdirSync(join(to, "dist"), { recursive: true }).map(String)) {
    if (!name.endsWith(".d.ts")) continue;
    const path = join(to, "dist", name);
    const text = readFileSync(path, "utf8").replaceAll(/(["'])(\.\.?\/[\w./-]+)\.ts\1/g, "$1$2.js$1");
    writeFileSync(path, text);
  }
}
