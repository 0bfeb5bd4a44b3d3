// npm run parley -- COMMAND [options]: the commands of an operator. Paths are relative to the current folder.

import { join } from "node:path";
import { become, bun, install, root } from "./toolchain.mjs";

install();
become(bun, ["--no-orphans", join(root, "cli", "src", "main.ts"), ...process.argv.slice(2)], process.cwd());
