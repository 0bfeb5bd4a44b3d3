// npm run generate: writes the documents that are made from the code.
// With --wire "what changed" it also adds a line to the history of the wire.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { WIRE_VERSION } from "../protocol/src/version.ts";
import { documents } from "./documents.ts";
import { addToHistory, describeWire, hashWire, historyPath } from "./wire.ts";

const root = join(import.meta.dir, "..");
const { values } = parseArgs({ options: { wire: { type: "string" } } });

for (const [path, text] of await documents()) put(path, text);
if (values.wire) {
  const line = { version: WIRE_VERSION, hash: hashWire(describeWire()), change: values.wire };
  put(historyPath, addToHistory(current(historyPath), line));
}

function put(path: string, text: string): void {
  if (current(path) === text) return;
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
  console.log(`wrote ${path}`);
}

function current(path: string): string {
  try {
    return readFileSync(join(root, path), "utf8");
  } catch {
    return "";
  }
}
