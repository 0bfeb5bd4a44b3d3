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

/** Paths that are the page's own places: they get the page itself, and it shows the place. */
export function isPagePath(path: string): boolean {
  return path === "/" || /^\/rooms(?:\/[^/]+)?$/.test(path);
}

/** Answers for the page and its files; null when there is no such file. */
export function assetResponse(assets: Assets, path: string): Response | null {
  const asset = assets.get(isPagePath(path) ? "/index.html" : path);
  if (!asset) return null;
  return new Response(asset.body, {
    headers: {
      "content-type": asset.type,
      "cache-control": asset.immutable ? "public, max-age=31536000, immutable" : "no-cache",
    },
  });
}
