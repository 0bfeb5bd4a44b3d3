import { type Fault, type FaultCode, fault, isFault } from "@parley/protocol";
import { emoji, roomId, uuid } from "@parley/protocol/schemas";
import type { Context, Hono } from "hono";
import type { z } from "zod";
import { invalid } from "../../wire/codec.ts";
import { COMPRESSED_FROM, chooseCoding, gzipped, isTransformable } from "../encoding.ts";
import { SECURITY_HEADERS } from "../headers.ts";
import type { RequestContext } from "../request-log.ts";
import { readBody } from "./body.ts";
import { nonceOf } from "./idempotency-key.ts";
import { problem } from "./problem.ts";
import type { ApiParts, Route, RouteAnswer } from "./route.ts";
import { routes } from "./routes/all.ts";
import { TokenCache } from "./token-cache.ts";

/** Where the API is. */
export const API = "/api/v1";

export type Env = { Bindings: { readonly address: string; readonly request: RequestContext } };

/** What the parameters of a path may be, and the fault for anything else. */
const PARAMETERS: { readonly [name: string]: readonly [schema: z.ZodType, otherwise: FaultCode] } = {
  room: [roomId, "no_such_room"],
  user: [uuid, "no_such_user"],
  message: [uuid, "no_such_message"],
  emoji: [emoji, "invalid"],
};

/**
 * Puts all routes of `/api/v1` into the router. What a request brings is read and checked once, here; errors are
 * problem+json. Plain routes without middleware: the router then calls each directly.
 */
export function mountApi(app: Hono<Env>, parts: ApiParts): void {
  const tokens = new TokenCache(parts.guests, parts.monotonicNow);
  for (const route of routes) {
    const path = API + route.path.replaceAll(/\{(\w+)\}/g, ":$1");
    app.on(route.method.toUpperCase(), path, async (context) => {
      context.env.request.route = path;
      const outcome = await answerRoute(route, context, parts, tokens);
      if (isFault(outcome)) {
        context.env.request.code = outcome.fault;
        return problem(outcome);
      }
      const response = success(outcome, context.env.request);
      return isCompressible(context.req.raw, context.env.request.bytes) ? compressed(response) : response;
    });
  }
}

async function answerRoute(
  route: Route,
  context: Context<Env>,
  parts: ApiParts,
  tokens: TokenCache,
): Promise<RouteAnswer | Fault> {
  const { raw } = context.req;
  const user = route.access === "open" ? null : await tokens.user(raw.headers.get("authorization"));
  if (!user && route.access !== "open") return fault("signed_out");
  const { address, request } = context.env;
  if (user) {
    request.user = user.id;
    const wait = parts.reads.take(user.id, address);
    if (wait > 0) return fault("rate_limited", undefined, wait);
  }
  const params = context.req.param();
  for (const [name, value] of Object.entries(params)) {
    const [schema, otherwise] = PARAMETERS[name] ?? [];
    if (schema && otherwise && !schema.safeParse(value).success)
      return otherwise === "invalid"
        ? fault(otherwise, `${name}: is not one visible character`)
        : fault(otherwise);
  }
  const key = route.command ? raw.headers.get("idempotency-key") : null;
  const nonce = route.command ? nonceOf(key, parts.newId) : "";
  if (typeof nonce !== "string") return nonce;
  const query = route.query?.safeParse(context.req.query());
  if (query?.error) return invalid(query.error);
  let body: unknown;
  if (route.body) {
    const read = await readBody(raw);
    if ("fault" in read) return read;
    const parsed = route.body.safeParse(read.value === undefined && route.bodyOptional ? {} : read.value);
    if (parsed.error) return unknownField(parsed.error) ?? inBody(invalid(parsed.error));
    body = parsed.data;
  }
  const meter = { ms: 0 };
  request.meter = meter;
  const given = { params, query: query?.data, body, user, nonce, keyed: key !== null, address, meter };
  return route.run(given as never, parts);
}

/** Characters of an unknown field's name that are repeated. */
const FIELD_SHOWN = 64;

/** A field that no body of the route has. On the socket unknown fields are ignored (SPEC EV-7). */
function unknownField({ issues }: z.ZodError): Fault | undefined {
  const issue = issues.find(({ code }) => code === "unrecognized_keys");
  if (issue?.code !== "unrecognized_keys") return undefined;
  const path = [...issue.path, (issue.keys[0] ?? "").slice(0, FIELD_SHOWN).toWellFormed()];
  return fault("invalid", `${path.join(".")}: is not a field of this request.`);
}

/** What is wrong with the whole is wrong with the body, not with a frame. */
function inBody(why: Fault): Fault {
  return { ...why, detail: (why.detail ?? "").replace(/^frame: /, "body: ") };
}

/**
 * Whether an answer may be sent in gzip. Only those of GET: the others are short, and the one that contains a token is among
 * them. A secret beside text that an attacker chose can be guessed from their common length (BREACH); an answer to GET
 * holds no secret.
 */
function isCompressible({ method, headers }: Request, bytes: number | undefined): boolean {
  return (
    method === "GET" &&
    bytes !== undefined &&
    bytes >= COMPRESSED_FROM &&
    !headers.has("range") &&
    isTransformable(headers) &&
    chooseCoding(headers.get("accept-encoding"), (coding) => coding === "gzip") === "gzip"
  );
}

/** The same answer in gzip. */
async function compressed(response: Response): Promise<Response> {
  const { status, headers } = response;
  const bytes = await gzipped(new Uint8Array(await response.arrayBuffer()));
  headers.set("content-encoding", "gzip");
  return new Response(bytes, { status, headers });
}

function success(
  { status = 200, body, location, replayed, links }: RouteAnswer,
  request: RequestContext,
): Response {
  const headers: Record<string, string> = {
    ...SECURITY_HEADERS,
    "content-type": "application/json",
    "cache-control": "no-store",
    vary: "Accept-Encoding",
  };
  if (location !== undefined) headers.location = API + location;
  if (replayed) headers["idempotency-replayed"] = "true";
  if (links !== undefined) headers.link = links;
  const text = JSON.stringify(body);
  request.bytes = Buffer.byteLength(text);
  return new Response(text, { status, headers });
}
