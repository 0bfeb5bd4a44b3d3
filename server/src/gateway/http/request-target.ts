/** A request whose address was understood. */
export type RequestTarget = {
  readonly url: URL;
  /** The same request, or one with a complete address where the client named no host. */
  readonly request: Request;
};

/** What a client asks that names no host, as HTTP/1.0 allows: a health check of a load balancer, and no browser. */
const NO_HOST = "http://localhost";

/**
 * The address that a request asks for, read once. Null where it cannot be one: a Host that is no host and port, two of
 * them, a target that is no path. Such a request comes from no client that works, so it is refused and not logged.
 */
export function readTarget(request: Request): RequestTarget | null {
  const host = request.headers.get("host");
  // The runtime makes a relative address of a Host that it does not understand.
  if (host === null) {
    const url = parse(NO_HOST + request.url);
    return url && request.url.startsWith("/") ? { url, request: new Request(url.href, request) } : null;
  }
  // Of two Host lines it takes the first; a proxy in front may have taken the other.
  if (/[,/?#@\s\\]/.test(host)) return null;
  const url = parse(request.url);
  return url?.protocol === "http:" && url.hostname !== "" ? { url, request } : null;
}

function parse(text: string): URL | null {
  return URL.canParse(text) ? new URL(text) : null;
}
