import { fault } from "@parley/protocol";
import { Hono } from "hono";
import type { Log } from "../observe/log.ts";
import { type Assets, assetResponse } from "./assets.ts";
import { SECURITY_HEADERS } from "./headers.ts";
import { type ApiParts, api } from "./rest/api.ts";
import { problem } from "./rest/problem.ts";

export type HttpParts = ApiParts & {
  readonly assets: Assets;
  /** What `/healthz` says beside "ok": whether the store keeps the whole promise. */
  readonly durability: "fsync" | "unsafe";
  /** Whether new work is welcome; not while the server drains. */
  readonly ready: () => boolean;
  readonly log: Log;
};

/** Everything on HTTP that is not a socket: the API, the page, health. */
export function http(parts: HttpParts): (request: Request) => Response | Promise<Response> {
  const app = new Hono();
  app.use(async (context, next) => {
    await next();
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) context.res.headers.set(name, value);
  });
  app.get("/healthz", (context) => context.json({ status: "ok", durability: parts.durability }));
  app.get("/readyz", (context) => context.json({ ready: parts.ready() }, parts.ready() ? 200 : 503));
  app.route("/api/v1", api(parts));
  app.get("*", (context) => {
    const page = assetResponse(parts.assets, context.req.path);
    if (page) return page;
    if (context.req.path === "/" && parts.assets.size === 0)
      return context.text("The page is not built. Run npm start.", 503);
    return context.text("There is nothing at this address.", 404);
  });
  app.notFound(() => problem(fault("no_such_address")));
  app.onError((error) => {
    parts.log.error({ error }, "a request failed");
    return problem(fault("internal"));
  });
  return (request) => app.fetch(request);
}
