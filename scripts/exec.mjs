// Runs one TypeScript file with the pinned Bun: node scripts/exec.mjs <file> [flags].

import { existsSync } from "node:fs";
import { join } from "node:path";
import { become, bun, fail, install, root } from "./toolchain.mjs";

const [file, ...flags] = process.argv.slice(2);
if (!file) fail("Usage: node scripts/exec.mjs <file.ts> [flags]");
install();
if (!existsSync(join(root, file))) fail(`${file} does not exist.`);
become(bun, ["--no-orphans", file, ...flags]);
