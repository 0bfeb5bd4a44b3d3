import { createHash } from "node:crypto";
import { type Coding, chooseCoding, isTransformable } from "./encoding.ts";
import { DOCUMENT_POLICY } from "./headers.ts";

/** One file of the page, ready to be sent. */
export type Asset = {
  readonly body: Uint8Array<ArrayBuffer>;
  /** The same, compressed when it was built. */
  readonly encoded: { readonly [coding in Coding]?: Uint8Array<ArrayBuffer> };
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

export function assetOf(path: string, body: Uint8Array<ArrayBuffer>, encoded: Asset["encoded"] = {}): Asset {
  const ending = path.slice(path.lastIndexOf(".") + 1);
  return {
    body,
    encoded,
    type: TYPES[ending] ?? "application/octet-stream",
    immutable: path.startsWith("/assets/"),
  };
}

/** Addresses of pages, with the file that is shown there. */
const CLIENT_ROUTES: { readonly [path: string]: string } = {
  "/docs": "/reference/docs.html",
  "/redoc": "/reference/redoc.html",
  "/reference": "/reference.html",
};

/** Paths that are the page's own places: they get the page itself, and it shows the place. */
export function isPagePath(path: string): boolean {
  return path === "/" || path === "/search" || /^\/rooms(?:\/[^/]+)?$/.test(path);
}

/** Whether there is a page at this address when all is built. */
export function isClientRoute(path: string): boolean {
  return isPagePath(path) || Object.hasOwn(CLIENT_ROUTES, path);
}

/** Answers a GET or HEAD for the page and its files; null when there is no such file. */
export function assetResponse(assets: Assets, path: string, request: Headers): Response | null {
  const place = Object.hasOwn(CLIENT_ROUTES, path) ? CLIENT_ROUTES[path] : undefined;
  const asset = assets.get(place ?? (isPagePath(path) ? "/index.html" : path));
  if (!asset) return null;
  return sent(asset, request, place === undefined ? {} : { "content-security-policy": DOCUMENT_POLICY });
}

/**
 * The page for an unknown address, with status 404: it shows its own screen. Only for a navigation of a browser; null for
 * every other request, and where the page is not built.
 */
export function lostPage(assets: Assets, path: string, request: Headers): Response | null {
  const mode = request.get("sec-fetch-mode");
  const goesThere = mode === null ? (request.get("accept") ?? "").includes("text/html") : mode === "navigate";
  const asset = assets.get("/index.html");
  if (!goesThere || path.startsWith("/assets/") || !asset) return null;
  const { body, headers } = sent(
    asset,
    new Headers({ "accept-encoding": request.get("accept-encoding") ?? "" }),
  );
  headers.delete("etag");
  return new Response(body, { status: 404, headers });
}

/** A file as it is sent: in the coding that the client likes best, or only the word that its copy is still good. */
function sent(asset: Asset, request: Headers, more: Record<string, string> = {}): Response {
  const isEncoded = Object.keys(asset.encoded).length > 0;
  const coding =
    isEncoded && isTransformable(request)
      ? chooseCoding(request.get("accept-encoding"), (one) => asset.encoded[one] !== undefined)
      : null;
  const headers: Record<string, string> = {
    "content-type": asset.type,
    "cache-control": asset.immutable ? "public, max-age=31536000, immutable" : "no-cache",
    ...(isEncoded ? { vary: "Accept-Encoding" } : {}),
    ...(coding === null ? {} : { "content-encoding": coding }),
    ...more,
  };
  if (!asset.immutable) {
    headers.etag = tagOf(asset, coding);
    if (isKnown(request.get("if-none-match"), headers.etag)) {
      delete headers["content-encoding"];
      return new Response(null, { status: 304, headers });
    }
  }
  return new Response((coding === null ? undefined : asset.encoded[coding]) ?? asset.body, { headers });
}

/** Whether a client that names these tags has this one (RFC 9110, 13.1.2: compared weakly). */
function isKnown(named: string | null, tag: string): boolean {
  return (named ?? "").split(",", MAX_TAGS).some((one) => one.trim().replace(/^W\//, "") === tag);
}

/** Tags of one request that are compared. */
const MAX_TAGS = 16;
const hashes = new WeakMap<Asset, string>();

/** The validator of a copy; another coding is another copy. Made on demand: most files are never requested. */
function tagOf(asset: Asset, coding: Coding | null): string {
  const made = hashes.get(asset) ?? createHash("sha256").update(asset.body).digest("base64url").slice(0, 22);
  hashes.set(asset, made);
  return coding === null ? `"${made}"` : `"${made}-${coding}"`;
}
