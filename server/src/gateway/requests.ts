import type { Log } from "../observe/log.ts";
import type { Metrics } from "../observe/metrics.ts";

export type RequestParts = {
  readonly log: Log;
  readonly metrics: Pick<Metrics, "requested"> | null;
  readonly newId: () => string;
  /** Milliseconds of a clock that never jumps. */
  readonly steady: () => number;
};

/** What is noted of a request while it is answered. */
export type Asked = {
  /** The id in its answer and in the log. */
  readonly id: string;
  /** The pattern of the route that answers, so that there are as many as there are routes. */
  route: string;
};

type Answer = (request: Request, address: string, asked: Asked) => Promise<Response>;

/**
 * Counts and logs each request, and gives it an id that its answer carries, so that a person's report finds its line. The
 * line holds the route, never the address: what somebody searched for stands in there.
 */
export function observed(answer: Answer, { log, metrics, newId, steady }: RequestParts) {
  return async (request: Request, address: string): Promise<Response> => {
    const began = steady();
    const asked: Asked = { id: newId(), route: "other" };
    const response = await answer(request, address, asked);
    const { status } = response;
    const { method } = request;
    const { id, route } = asked;
    const took = steady() - began;
    response.headers.set("x-request-id", id);
    metrics?.requested(method, route, status, took);
    const line = { request: id, method, route, status, ms: Math.round(took * 10) / 10 };
    if (status >= 500) log.warn(line, "request failed");
    else log.debug(line, "request");
    return response;
  };
}
