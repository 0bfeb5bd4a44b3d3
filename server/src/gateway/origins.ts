/** The origin of a page as a URL; null for `null` (a file, a sandbox) and for what is no page on HTTP. */
export function parseOrigin(origin: string): URL | null {
  if (!URL.canParse(origin)) return null;
  const url = new URL(origin);
  return url.protocol === "http:" || url.protocol === "https:" ? url : null;
}

/**
 * Whether a page of this origin comes from the same host name as was asked for here, on whatever port: pages of small chat
 * servers are served from port 3000 beside port 8000. All names of the loopback interface are one.
 */
export function isSameHostName(origin: string, { hostname }: URL): boolean {
  const page = parseOrigin(origin);
  if (page === null) return false;
  return page.hostname === hostname || (isLoopbackName(page.hostname) && isLoopbackName(hostname));
}

/** `hostname` as URL gives it: lower case, IPv6 in brackets, IPv4 as four numbers. */
export function isLoopbackName(hostname: string): boolean {
  return (
    hostname === "localhost" ||
    hostname.endsWith(".localhost") ||
    hostname === "[::1]" ||
    /^127\.\d+\.\d+\.\d+$/.test(hostname)
  );
}
