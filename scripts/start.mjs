// npm start: from a fresh clone to a running server. Flags after `--` go to the server.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { become, buildPage, bun, fail, install, root } from "./toolchain.mjs";

const main = join(root, "server", "src", "main.ts");

install();
if (!buildPage()) fail("The page could not be built; see the output of Vite above.");
if (!existsSync(main)) fail("server/src/main.ts is missing: this checkout is not complete.");
// The server prints its pid and its address when it listens.
become(bun, ["--no-orphans", main, ...process.argv.slice(2)]);
