/** Pages of which origins may use the API: the server's own always, those of the list, or with `*` in it all. */
export type Cors = {
  readonly allowedOrigins: readonly string[];
  readonly isOwn: (origin: string, url: URL) => boolean;
};

/** The headers that let a page of this origin read the answer; null when it may not. */
export function crossOrigin(
  { allowedOrigins, isOwn }: Cors,
  origin: string,
  url: URL,
): Record<string, string> | null {
  const allowsAll = allowedOrigins.includes("*");
  if (!allowsAll && !allowedOrigins.includes(origin) && !isOwn(origin, url)) return null;
  return {
    // Never with credentials: the token is in a header that the page sets itself.
    "access-control-allow-origin": allowsAll ? "*" : origin,
    "access-control-expose-headers": "Location, Retry-After, Idempotency-Replayed, Link, X-Request-Id",
    ...(allowsAll ? {} : { vary: "Origin" }),
  };
}

/** The answer to a browser that asks before it sends (Fetch standard, CORS-preflight fetch). */
export function preflight(cross: Record<string, string>): Response {
  return new Response(null, {
    status: 204,
    headers: {
      ...cross,
      "access-control-allow-methods": "GET, HEAD, POST, PUT, PATCH, DELETE",
      "access-control-allow-headers": "Authorization, Content-Type, Idempotency-Key",
      "access-control-max-age": "7200",
    },
  });
}
