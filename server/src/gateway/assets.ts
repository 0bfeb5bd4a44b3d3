import { createHash } from "node:crypto";
import { DOCUMENT_POLICY } from "./headers.ts";

/** One file of the page, ready to be sent. */
export type Asset = {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly type: string;
  /** Its name holds a hash of its content, so it may be kept for ever. */
  readonly immutable: boolean;
};

/** The page by path, such as `/index.html`: read from disk, or embedded in an executable. */
export type Assets = ReadonlyMap<string, Asset>;

const TYPES: { readonly [ending: string]: string } = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  svg: "image/svg+xml",
  png: "image/png",
  ico: "image/x-icon",
  json: "application/json",
  webmanifest: "application/manifest+json",
  txt: "text/plain; charset=utf-8",
  woff2: "font/woff2",
};

export function assetOf(path: string, body: Uint8Array<ArrayBuffer>): Asset {
  const ending = path.slice(path.lastIndexOf(".") + 1);
  return { body, type: TYPES[ending] ?? "application/octet-stream", immutable: path.startsWith("/assets/") };
}

/** Addresses of pages, with the file that is shown there. */
const PLACES: { readonly [path: string]: string } = {
  "/docs": "/reference/docs.html",
  "/redoc": "/reference/redoc.html",
  "/reference": "/reference.html",
};

/** Paths that are the page's own places: they get the page itself, and it shows the place. */
export function isPagePath(path: string): boolean {
  return path === "/" || path === "/search" || /^\/rooms(?:\/[^/]+)?$/.test(path);
}

/** Whether there is a page at this address when all is built. */
export function isPlace(path: string): boolean {
  return isPagePath(path) || Object.hasOwn(PLACES, path);
}

/** Answers for the page and its files; null when there is no such file. `known` is the tag that the client has a copy of. */
export function assetResponse(assets: Assets, path: string, known: string | null): Response | null {
  const place = Object.hasOwn(PLACES, path) ? PLACES[path] : undefined;
  const asset = assets.get(place ?? (isPagePath(path) ? "/index.html" : path));
  if (!asset) return null;
  const headers: Record<string, string> = {
    "content-type": asset.type,
    "cache-control": asset.immutable ? "public, max-age=31536000, immutable" : "no-cache",
    ...(place === undefined ? {} : { "content-security-policy": DOCUMENT_POLICY }),
  };
  if (!asset.immutable) {
    headers.etag = tagOf(asset);
    if (known === headers.etag) return new Response(null, { status: 304, headers });
  }
  return new Response(asset.body, { headers });
}

const tags = new WeakMap<Asset, string>();

/** Says whether a copy is still good. Made when it is asked for: most files of the page never are. */
function tagOf(asset: Asset): string {
  const made =
    tags.get(asset) ?? `"${createHash("sha256").update(asset.body).digest("base64url").slice(0, 22)}"`;
  tags.set(asset, made);
  return made;
}
