/** Addresses that load balancers request under names of their own. They reveal nothing secret. */
const PROBES: ReadonlySet<string> = new Set(["/healthz", "/readyz"]);

/** Whether this request is for a name that the server does not answer to. */
export function isMisdirected(
  { hostname, pathname }: URL,
  answersTo: (hostname: string) => boolean,
): boolean {
  return !answersTo(hostname) && !PROBES.has(pathname);
}

/**
 * 421 (RFC 9110, section 15.5.20). A page of a name that its owner has pointed at this machine (DNS rebinding) would be of
 * the same origin as the server, so it gets nothing but this; an operator who has just given the server a name reads which
 * setting to make. `hostname` comes from a parsed URL and holds no character that HTML would read.
 */
export function misdirected({ hostname }: URL, asksPage: boolean): Response {
  const text =
    `This server does not answer to the name ${hostname}. If it is yours, start the server with ` +
    `PUBLIC_URL=https://${hostname} (the address that people type; http:// without TLS), or add the name to ALLOWED_HOSTS.`;
  const html = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Unknown name</title><h1>421 Unknown name</h1><p>${text}</p></html>`;
  return new Response(asksPage ? html : `${text}\n`, {
    status: 421,
    headers: {
      "content-type": asksPage ? "text/html; charset=utf-8" : "text/plain; charset=utf-8",
      "cache-control": "no-store",
    },
  });
}
