import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { type Asset, assetOf } from "./assets.ts";
import type { Coding } from "./encoding.ts";

/** The folders that hold what is built: on the disk, or inside the executable. */
export type BuiltFolders = { readonly page: string; readonly documents: string };

/** All that is served as it was built, by path. Read once. */
export function readAssets({ page, documents }: BuiltFolders): Map<string, Asset> {
  return new Map([...pageIn(page), ...documentsIn(documents)]);
}

/** Endings of the files that the build puts beside those that compress well. */
const ENDINGS: { readonly [ending: string]: Coding } = { ".br": "br", ".gz": "gzip" };

/** The page and its files, each with what was compressed of it. Empty when it was not built. */
function pageIn(folder: string): Map<string, Asset> {
  const assets = new Map<string, Asset>();
  if (!existsSync(folder)) return assets;
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    files.set(file.slice(folder.length).replaceAll("\\", "/"), new Uint8Array(readFileSync(file)));
  }
  for (const [path, body] of files) {
    if (Object.hasOwn(ENDINGS, path.slice(-3)) && files.has(path.slice(0, -3))) continue;
    const encoded: Asset["encoded"] = Object.fromEntries(
      Object.entries(ENDINGS).flatMap(([ending, coding]) => {
        const bytes = files.get(path + ending);
        return bytes === undefined ? [] : [[coding, bytes]];
      }),
    );
    assets.set(path, assetOf(path, body, encoded));
  }
  return assets;
}

/** The documents that are made from the code, at the addresses where they are served. Compressed here: they are in git. */
function documentsIn(folder: string): Map<string, Asset> {
  const documents = new Map<string, Asset>();
  for (const path of ["/openapi.json", "/asyncapi.json", "/reference.html"]) {
    const file = join(folder, path);
    if (!existsSync(file)) continue;
    const body = new Uint8Array(readFileSync(file));
    documents.set(path, assetOf(path, body, { gzip: new Uint8Array(gzipSync(body)) }));
  }
  return documents;
}
