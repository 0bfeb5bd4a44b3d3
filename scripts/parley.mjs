// npm run parley -- VERB [options]: what an operator types. Paths are read from where it is typed.

import { join } from "node:path";
import { become, bun, install, root } from "./toolchain.mjs";

install();
become(bun, ["--no-orphans", join(root, "cli", "src", "main.ts"), ...process.argv.slice(2)], process.cwd());
