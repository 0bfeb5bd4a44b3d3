import { createHash, timingSafeEqual } from "node:crypto";
import type { Metrics } from "../observe/metrics.ts";

export type MetricsPageParts = {
  readonly metrics: Metrics;
  /** Who may read them from anywhere; empty: nobody, and only this machine may. */
  readonly token: string;
};

/** Headers with which a proxy says that it asks for somebody else. */
const FORWARDED = ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via"];

/**
 * `/metrics`. They tell how much is said and who runs what, so not everybody may read them: with a token set, whoever has
 * it; without, this machine, unless a proxy on it asks for somebody else. `peer` is the address of the connection itself.
 */
export async function metricsPage(
  { metrics, token }: MetricsPageParts,
  request: Request,
  peer: string,
): Promise<Response> {
  if (token !== "" && !hasToken(request, token)) {
    return refused(401, "Say METRICS_TOKEN as a bearer token.", { "www-authenticate": "Bearer" });
  }
  const proxied = FORWARDED.some((name) => request.headers.has(name));
  if (token === "" && (proxied || !isLoopback(peer))) {
    return refused(403, "The metrics are for this machine. Set METRICS_TOKEN to read them from elsewhere.");
  }
  return new Response(await metrics.text(), {
    headers: { "content-type": metrics.contentType, "cache-control": "no-store" },
  });
}

function refused(status: number, why: string, headers: Record<string, string> = {}): Response {
  return new Response(`${why}\n`, { status, headers: { "cache-control": "no-store", ...headers } });
}

/** Compared by digest, so that the time it takes says nothing. */
function hasToken(request: Request, token: string): boolean {
  const given = /^Bearer (\S+)$/i.exec(request.headers.get("authorization") ?? "")?.[1] ?? "";
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(token));
}

export function isLoopback(address: string): boolean {
  return address === "::1" || /^(::ffff:)?127\./.test(address);
}
