import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Asset, assetOf } from "./assets.ts";

/** The folders that hold what is built: on the disk, or inside the executable. */
export type Built = { readonly page: string; readonly documents: string };

/** All that is served as it was built, by path. Read once. */
export function readBuilt({ page, documents }: Built): Map<string, Asset> {
  return new Map([...pageIn(page), ...documentsIn(documents)]);
}

/** The page and its files. Empty when it was not built. */
function pageIn(folder: string): Map<string, Asset> {
  const assets = new Map<string, Asset>();
  if (!existsSync(folder)) return assets;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    const path = file.slice(folder.length).replaceAll("\\", "/");
    assets.set(path, assetOf(path, new Uint8Array(readFileSync(file))));
  }
  return assets;
}

/** The documents that are made from the code, at the addresses where they are served. */
function documentsIn(folder: string): Map<string, Asset> {
  const documents = new Map<string, Asset>();
  for (const path of ["/openapi.json", "/asyncapi.json", "/reference.html"]) {
    const file = join(folder, path);
    if (existsSync(file)) documents.set(path, assetOf(path, new Uint8Array(readFileSync(file))));
  }
  return documents;
}
