import { fault } from "@parley/protocol";
import { Hono } from "hono";
import type { Log } from "../../observe/log.ts";
import { type Assets, assetResponse, isClientRoute, lostPage } from "./assets.ts";
import { secured } from "./headers.ts";
import type { RequestLimiter } from "./request-limiter.ts";
import type { RequestContext } from "./request-log.ts";
import { API, type Env, mountApi } from "./rest/api.ts";
import { type Cors, crossOrigin, preflight } from "./rest/cors.ts";
import { problem } from "./rest/problem.ts";
import type { ApiParts } from "./rest/route.ts";
import { isMisdirected, misdirected } from "./unknown-host.ts";

export type HttpParts = ApiParts & {
  /** The page, the pages of documents, and the documents. */
  readonly assets: Assets;
  /** Pages of which foreign origins may use the API. */
  readonly cors: Cors;
  /** What `/healthz` reports beside "ok": whether the store keeps the whole promise. */
  readonly durability: "fsync" | "memory" | "unsafe";
  /** Whether the store answers, within a bound. */
  readonly storeAnswers: () => Promise<boolean>;
  /** Whether the server answers to a name. */
  readonly answersTo: (hostname: string) => boolean;
  /** Whether the server was asked to end, and a load balancer should send no more clients. */
  readonly leaving: () => boolean;
  /** What needs the operator while work goes on, as /readyz reports it. */
  readonly degraded: () => readonly string[];
  /** The REST of the dialects; null for an address that is not theirs. */
  readonly other: (
    request: Request,
    address: string,
    asked: RequestContext,
  ) => Response | Promise<Response> | null;
  readonly limiter: Pick<RequestLimiter, "run">;
  /** `/metrics`; null where they are off. */
  readonly metrics: ((request: Request) => Promise<Response>) | null;
  readonly log: Log;
};

/** Everything on HTTP that is not a socket: the API, the page, the documents, health. `address` is the client's. */
export function http(
  parts: HttpParts,
): (request: Request, address: string, asked: RequestContext) => Promise<Response> {
  const app = new Hono<Env>();
  const { metrics, durability, version } = parts;
  app.get("/healthz", ({ env, json }) => {
    env.request.route = "/healthz";
    return json({ status: "ok", version, durability });
  });
  app.get("/readyz", async ({ env, json }) => {
    env.request.route = "/readyz";
    if (parts.leaving()) {
      env.request.expected = true;
      return json({ ready: false, why: "draining" }, 503);
    }
    const answers = await parts.storeAnswers();
    if (!answers) return json({ ready: false, why: "store" }, 503);
    // Not 503: a load balancer would take the server away from readers, too.
    const degraded = parts.degraded();
    return json(degraded.length === 0 ? { ready: true } : { ready: true, degraded });
  });
  if (metrics) {
    app.get("/metrics", ({ env, req }) => {
      env.request.route = "/metrics";
      return metrics(req.raw);
    });
  }
  mountApi(app, parts);
  // Not a route: where exactly one route fits, the router calls it without a chain around it.
  app.notFound(({ env, req }) => serveAsset(parts.assets, req.raw, req.path, env.request));
  app.onError((error, { env }) => {
    parts.log.error({ error, request: env.request.id }, "a request failed");
    env.request.code = "internal";
    return problem(fault("internal"));
  });
  const answer = async (request: Request, address: string, asked: RequestContext) => {
    const other = parts.other(request, address, asked);
    if (other === null) return app.fetch(request, { address, request: asked });
    asked.route = "dialects";
    return other;
  };
  const limited = (request: Request, address: string, asked: RequestContext) =>
    parts.limiter.run(request, address, asked, () => answer(request, address, asked));
  return async (request, address, asked) => {
    if (isMisdirected(asked.url, parts.answersTo)) {
      asked.route = "unknown host";
      return secured(misdirected(asked.url, (request.headers.get("accept") ?? "").includes("text/html")));
    }
    const origin = request.headers.get("origin");
    if (origin === null) return secured(await limited(request, address, asked));
    // Only pages name an origin. What they may not have their browser keeps from them.
    const inApi = asked.url.pathname.startsWith(`${API}/`);
    const cross = inApi ? crossOrigin(parts.cors, origin, asked.url) : null;
    if (cross && request.method === "OPTIONS") return secured(preflight(cross));
    const response = secured(await limited(request, address, asked));
    // `Vary` adds up: an answer may differ by its origin and by its encoding.
    for (const [name, value] of Object.entries(cross ?? {}))
      response.headers[name === "vary" ? "append" : "set"](name, value);
    return response;
  };
}

/** The page and its files, and the answer where there is nothing. */
function serveAsset(
  assets: Assets,
  { method, headers }: Request,
  path: string,
  asked: RequestContext,
): Response {
  // The default health check of HAProxy.
  if (method === "OPTIONS" && path === "/")
    return new Response(null, { status: 204, headers: { allow: "GET, HEAD, OPTIONS" } });
  if ((method !== "GET" && method !== "HEAD") || path.startsWith(`${API}/`)) {
    asked.code = "no_such_address";
    return problem(fault("no_such_address"));
  }
  const asset =
    assetResponse(assets, path, headers) ?? (isClientRoute(path) ? null : lostPage(assets, path, headers));
  if (asset) return asset;
  return isClientRoute(path)
    ? new Response("The page is not built. Run npm start.", { status: 503 })
    : new Response("There is nothing at this address.", { status: 404 });
}
