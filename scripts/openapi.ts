// The OpenAPI 3.1 document of the HTTP interface, made from the routes as they are declared.

import { FAULTS, type FaultCode } from "../protocol/src/faults.ts";
import { LIMITS } from "../protocol/src/limits.ts";
import PACKAGE from "../server/package.json" with { type: "json" };
import { API } from "../server/src/gateway/http/rest/api.ts";
import type { Route } from "../server/src/gateway/http/rest/route.ts";
import { routes } from "../server/src/gateway/http/rest/routes/all.ts";
import { components, type JsonSchema, nameOf, needed, unnamed } from "./components.ts";
import { DIALECT_HEADERS, DIALECT_PATHS, DIALECT_TAGS, dialectComponents } from "./openapi-dialects.ts";

const TAGS = {
  Session: "Signing in, and the signed-in user.",
  Rooms: "Rooms, their names and topics.",
  Members: "Members of a room and their roles.",
  Messages: "Messages, reactions and read positions.",
  People: "The users that the signed-in user can write to.",
  Server: "The server itself.",
} satisfies Record<Route["tag"], string>;

const ref = (id: string): JsonSchema => ({ $ref: `#/components/schemas/${id}` });

const PARAMETERS: { readonly [name: string]: object } = {
  room: { description: "The room's id.", schema: ref("RoomId"), example: "lobby" },
  user: { description: "The user's id.", schema: ref("Id") },
  message: {
    description: "The message's id. For a change, its author may give the nonce that it was sent with.",
    schema: ref("Id"),
  },
  emoji: {
    description: "One visible character, percent-encoded.",
    schema: { type: "string" },
    example: "👍",
  },
};

/** The faults of every request. */
const ALWAYS: readonly FaultCode[] = ["rate_limited", "internal"];
const SIGNED: readonly FaultCode[] = ["signed_out"];
const BODY: readonly FaultCode[] = ["invalid", "too_large", "unsupported_media"];
const COMMAND: readonly FaultCode[] = ["rate_limited", "storage", "draining"];
const KEYED: readonly FaultCode[] = ["invalid", "nonce_reused"];

export function openapi(): string {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) {
    const path = `${API}${route.path}`;
    const at = paths[path] ?? {};
    paths[path] = at;
    at[route.method] = operation(route);
  }
  const document = {
    openapi: "3.1.0",
    info: {
      title: "Parley over HTTP",
      version: PACKAGE.version,
      summary: "Everything that a client can do, as requests and answers.",
      description: [
        "A guest makes a token of 256 random bits, signs in with it once (`POST /api/v1/guests`), and sends it with every request: `Authorization: Bearer`. A change is answered when it is on disk.",
        "Give each change an `Idempotency-Key` and repeat it as often as needed: it takes effect once, and the same key gets the same answer, for ever. A UUID in lower case is the same as the nonce of a command on the WebSocket.",
        "Every answer that is not a success is `application/problem+json` with a `code`, an `advice` and `final`. Live events are sent over the WebSocket, see [its reference](/reference).",
      ].join("\n\n"),
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "/", description: "This server" }],
    security: [{ bearer: [] }],
    tags: Object.entries({ ...TAGS, ...DIALECT_TAGS }).map(([name, description]) => ({ name, description })),
    paths: { ...paths, ...DIALECT_PATHS },
    components: {
      securitySchemes: {
        bearer: {
          type: "http",
          scheme: "bearer",
          description: "The guest's token: 43 characters of base64url, made by the client.",
        },
      },
      examples: problemExamples(),
      headers: {
        ...DIALECT_HEADERS,
        Location: { description: "The address of what was created.", schema: { type: "string" } },
        RetryAfter: { description: "Seconds to wait.", schema: { type: "integer" } },
        IdempotencyReplayed: {
          description: "`true` where this key was answered before; this is the same answer.",
          schema: { type: "string", enum: ["true"] },
        },
      },
    },
  };
  const schemas = needed({ ...components(), ...dialectComponents() }, document);
  return `${JSON.stringify({ ...document, components: { ...document.components, schemas } }, null, 2)}\n`;
}

function operation(route: Route): object {
  const names = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name);
  const parameters = [
    ...names.map((name) => ({ name, in: "path", required: true, ...PARAMETERS[name] })),
    ...queryOf(route),
    ...(route.command ? [KEY] : []),
  ];
  return {
    operationId: route.id,
    tags: [route.tag],
    summary: route.summary,
    ...(route.description === undefined ? {} : { description: route.description }),
    ...(route.access === "open" ? { security: [] } : {}),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(route.body
      ? {
          requestBody: {
            required: !route.bodyOptional,
            content: {
              "application/json": {
                schema: ref(nameOf(route.body)),
                ...(route.bodyExample === undefined ? {} : { example: route.bodyExample }),
              },
            },
          },
        }
      : {}),
    responses: { ...successes(route), ...problems(route) },
  };
}

const KEY = {
  name: "Idempotency-Key",
  in: "header",
  description: `The request takes effect once, however often it is sent with this key. 1 to ${LIMITS.idempotency_key} printable ASCII characters; the server makes one when there is none.`,
  schema: { type: "string", minLength: 1, maxLength: LIMITS.idempotency_key, pattern: "^[ -~]+$" },
};

function queryOf({ query }: Route): object[] {
  if (!query) return [];
  const { properties = {}, required = [] } = unnamed(query);
  return Object.entries(properties).map(([name, { description, ...schema }]) => ({
    name,
    in: "query",
    ...(required.includes(name) && schema.default === undefined ? { required: true } : {}),
    ...(description === undefined ? {} : { description }),
    schema,
  }));
}

function successes({ answers, command }: Route): Record<string, object> {
  return Object.fromEntries(
    Object.entries(answers).map(([status, { schema, description, example }]) => [
      status,
      {
        description,
        ...(status === "201" || command
          ? {
              headers: {
                ...(status === "201" ? { Location: header("Location") } : {}),
                ...(command ? { "Idempotency-Replayed": header("IdempotencyReplayed") } : {}),
              },
            }
          : {}),
        content: {
          "application/json": {
            schema: ref(nameOf(schema)),
            ...(example === undefined ? {} : { example }),
          },
        },
      },
    ]),
  );
}

const header = (name: string) => ({ $ref: `#/components/headers/${name}` });

/** The faults of a route by their status, each with its text and an example. */
function problems(route: Route): Record<string, object> {
  const byStatus = new Map<number, FaultCode[]>();
  for (const code of faultsOf(route)) {
    const { http } = FAULTS[code];
    byStatus.set(http, [...(byStatus.get(http) ?? []), code]);
  }
  const sorted = [...byStatus].sort(([a], [b]) => a - b);
  return Object.fromEntries(
    sorted.map(([status, codes]) => [
      String(status),
      {
        description: codes.map((code) => `\`${code}\`: ${FAULTS[code].text}`).join("\n\n"),
        ...(status === 429 || status === 503 ? { headers: { "Retry-After": header("RetryAfter") } } : {}),
        content: {
          "application/problem+json": {
            schema: ref("Problem"),
            examples: Object.fromEntries(
              codes.map((code) => [code, { $ref: `#/components/examples/${code}` }]),
            ),
          },
        },
      },
    ]),
  );
}

/** Every fault that a route may answer with. */
export function faultsOf({ access, body, command, faults = [] }: Route): FaultCode[] {
  return [
    ...new Set([
      ...(access === "open" ? [] : SIGNED),
      ...(body ? BODY : []),
      ...(command ? [...KEYED, ...COMMAND] : []),
      ...faults,
      ...ALWAYS,
    ]),
  ];
}

function problemExamples(): Record<string, object> {
  const used = new Set(routes.flatMap(faultsOf));
  return Object.fromEntries(
    [...used].sort().map((code) => {
      const { text, http, advice, final } = FAULTS[code];
      const value = { type: `urn:parley:fault:${code}`, title: text, status: http, code, advice, final };
      return [code, { value: http === 429 ? { ...value, retry_after: 1_500 } : value }];
    }),
  );
}
