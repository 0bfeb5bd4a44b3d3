import { createHash, timingSafeEqual } from "node:crypto";
import type { Metrics } from "../../observe/metrics.ts";

export type MetricsPageParts = {
  readonly metrics: Pick<Metrics, "contentType" | "text">;
  /** What a reader must send; empty: they are not read here. */
  readonly token: string;
};

/**
 * `/metrics` on the server's port. They show how much is written and which version runs, so a reader needs the token. Where the
 * request comes from does not count: a proxy on this machine forwards for every client, and not every proxy adds a header.
 */
export async function metricsPage({ metrics, token }: MetricsPageParts, request: Request): Promise<Response> {
  if (token === "")
    return refused(
      403,
      "Set METRICS_TOKEN to read the metrics here, or METRICS_LISTEN for a port of their own.",
    );
  if (!hasToken(request, token))
    return refused(401, "Send METRICS_TOKEN as a bearer token.", { "www-authenticate": "Bearer" });
  return new Response(await metrics.text(), {
    headers: { "content-type": metrics.contentType, "cache-control": "no-store" },
  });
}

function refused(status: number, why: string, headers: Record<string, string> = {}): Response {
  return new Response(`${why}\n`, { status, headers: { "cache-control": "no-store", ...headers } });
}

/** Compared by digest, so that the time it takes reveals nothing. */
function hasToken(request: Request, token: string): boolean {
  const given = /^Bearer (\S+)$/i.exec(request.headers.get("authorization") ?? "")?.[1] ?? "";
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(token));
}
