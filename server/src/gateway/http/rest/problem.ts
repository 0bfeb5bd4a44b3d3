import { FAULTS, type Fault } from "@parley/protocol";
import { SECURITY_HEADERS } from "../headers.ts";

/** A fault as `application/problem+json` (RFC 9457), with our code and advice beside the standard members. */
export function problem(why: Fault): Response {
  const { text, http, advice, final } = FAULTS[why.fault];
  const body = {
    type: `urn:parley:fault:${why.fault}`,
    title: text,
    status: http,
    ...(why.detail === undefined ? {} : { detail: why.detail }),
    code: why.fault,
    advice,
    final,
    ...(why.retry_after === undefined ? {} : { retry_after: why.retry_after }),
  };
  const headers: Record<string, string> = {
    ...SECURITY_HEADERS,
    "content-type": "application/problem+json",
    "cache-control": "no-store",
  };
  if (why.retry_after !== undefined) headers["retry-after"] = String(Math.ceil(why.retry_after / 1_000));
  if (http === 401) headers["www-authenticate"] = "Bearer";
  return new Response(JSON.stringify(body), { status: http, headers });
}
