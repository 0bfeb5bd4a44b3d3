import type { FaultCode } from "@parley/protocol";
import type { FaultCounts } from "../../observe/counts.ts";
import type { Log } from "../../observe/log.ts";
import type { Metrics } from "../../observe/metrics.ts";
import type { TrafficLog } from "../../observe/traffic-log.ts";

export type RequestParts = {
  readonly log: Log;
  readonly traffic: Pick<TrafficLog, "answered"> | null;
  readonly metrics: Pick<Metrics, "requested"> | null;
  /** Where refusals are counted. */
  readonly faults: FaultCounts;
  readonly newId: () => string;
  /** Milliseconds of a clock that never jumps. */
  readonly monotonicNow: () => number;
};

/** What is noted of a request while it is answered. */
export type RequestContext = {
  /** The id in its answer and in the log. */
  readonly id: string;
  /** The address that is asked for, read once for all. */
  readonly url: URL;
  /** The pattern of the route that answers, so that there are as many as there are routes. */
  route: string;
  /** The user of the token, if there is one. */
  user?: string;
  /** The fault that it was answered with, if it was. */
  code?: FaultCode;
  /** A status of 500 or above that is part of normal operation: no warning is logged. */
  expected?: boolean;
  /** Bytes of the answer's body, where they are known. */
  bytes?: number;
  /** What reads for the answer took, where they were measured. */
  meter?: { ms: number };
};

type RequestHandler = (request: Request, address: string, context: RequestContext) => Promise<Response>;

/**
 * Counts and logs each request, and gives it an id that its answer carries, so that a user's report leads to its line. The
 * line holds the route, never the address, which may contain the text of a search.
 */
export function withRequestLog(
  answer: RequestHandler,
  { log, traffic, metrics, faults, newId, monotonicNow }: RequestParts,
) {
  return async (request: Request, address: string, url: URL): Promise<Response> => {
    const began = monotonicNow();
    const context: RequestContext = { id: newId(), url, route: "other" };
    let response = await answer(request, address, context);
    const { status } = response;
    const { method } = request;
    const { id, route, code } = context;
    const took = monotonicNow() - began;
    if (code !== undefined) faults[code] = (faults[code] ?? 0) + 1;
    metrics?.requested(method, route, status, took);
    const ms = Math.round(took * 10) / 10;
    // A full disk and a shutdown are logged once where they begin, not with each request that they refuse.
    const expected = context.expected || code === "storage" || code === "draining";
    if (status >= 500 && !expected) log.warn({ request: id, method, route, status, ms }, "request failed");
    if (traffic) {
      response = await measureResponse(response, context);
      const { user, bytes } = context;
      traffic.answered({
        ...{ request: id, address, user, method, route: routeLabel(route, url), status, code, ms, bytes },
      });
    }
    response.headers.set("x-request-id", id);
    return response;
  };
}

/** Answers that are made whole before they are sent, and are small. */
const WHOLE = /^(application\/(\w+\+)?json|text\/plain)/;

/** Finds out how large an answer is. The same answer, or one like it. */
async function measureResponse(response: Response, context: RequestContext): Promise<Response> {
  if (context.bytes !== undefined) return response;
  const { headers, status } = response;
  const length = headers.get("content-length");
  if (status === 204 || status === 304) context.bytes = 0;
  else if (length !== null) context.bytes = Number(length);
  else if (WHOLE.test(headers.get("content-type") ?? "")) {
    const bytes = await response.bytes();
    context.bytes = bytes.byteLength;
    return new Response(bytes, { status, headers });
  }
  // Not looked at: a body that is touched becomes a stream, and loses the type that the runtime fills in.
  return response;
}

const ID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?<=\/rooms\/)lobby(?=\/|$)/g;
const DIALECT_PLACES = /^\/(users|api\/chat\/rooms(\/:room(\/messages)?)?)?$/;

/** The routes of the dialects count as one in the metrics; the log distinguishes them. */
function routeLabel(route: string, { pathname }: URL): string {
  if (route !== "dialects") return route;
  const place = pathname.replace(ID, ":room");
  return DIALECT_PLACES.test(place) ? place : route;
}
