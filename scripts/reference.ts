// The reference for people: the same schemas and tables as in the documents for programs.

import { CLOSE_CODES } from "../protocol/src/close-codes.ts";
import { FAULTS, type FaultRow } from "../protocol/src/faults.ts";
import { LIMIT_TEXTS, LIMITS } from "../protocol/src/limits.ts";
import { clientFrames, commands, events, serverFrames } from "../protocol/src/schemas.ts";
import { SUBPROTOCOL, WIRE_VERSION } from "../protocol/src/version.ts";
import type { Route } from "../server/src/gateway/http/rest/route.ts";
import { routes } from "../server/src/gateway/http/rest/routes/all.ts";
import type { Block } from "./blocks.ts";
import { components, type JsonSchema, nameOf, unnamed } from "./components.ts";

/** Objects that are part of several frames or answers. Smaller ones are described where they are used. */
const SHARED = [
  "RoomEntry",
  "RoomStanding",
  "FeedState",
  "ReadState",
  "Cursor",
  "Placed",
  "Acknowledgement",
  "Performed",
  "Posted",
  "Opened",
  "Message",
  "Reaction",
  "Page",
  "Member",
  "Person",
  "Hit",
  "Version",
  "NewRoom",
  "RoomChange",
  "NewMessage",
  "MessageChange",
  "Problem",
];

export function reference(): Block[] {
  const all = components();
  const objects = (ids: readonly string[], hidden: readonly string[] = []) =>
    ids.flatMap((id) => object(id.split(".").at(-1) ?? id, all[id] as JsonSchema, hidden));
  const under = (place: string, table: object) => Object.keys(table).map((key) => `${place}.${key}`);
  const taken = ({ body, query }: Route) => {
    const id = body && nameOf(body);
    if (id !== undefined && SHARED.includes(id)) return link(id);
    const schema = id === undefined ? query && unnamed(query) : all[id];
    return fieldNames(schema);
  };
  const given = ({ answers }: Route) => {
    const ids = Object.values(answers).map(({ schema }) => nameOf(schema));
    return [...new Set(ids)].map((id) => (SHARED.includes(id) ? link(id) : fieldNames(all[id]))).join(", ");
  };
  return [
    {
      text: `Subprotocol \`${SUBPROTOCOL}\`, wire version ${WIRE_VERSION}. The rules are in [SPEC.md](../SPEC.md); the schemas, as JSON Schema, in [wire.json](wire.json). For programs there are [openapi.json](/openapi.json) and [asyncapi.json](/asyncapi.json); to try requests, the page at [/docs](/docs).`,
    },
    {
      text: "*Id* is a UUID in lower case, *room id* is `lobby`, an id, or `direct.` with the ids of two users, *feed id* is a room id or `user.` with a user's id. *Seq* is a number in a feed, 0 before the first event. *Time* is milliseconds since 1970, UTC. Fields that are marked with `?` may be absent.",
    },
    { heading: "Over HTTP", level: 2 },
    {
      text: "All under `/api/v1`, with `Authorization: Bearer` and the guest's token. Bodies and answers are JSON. A route that changes something takes an `Idempotency-Key`: the request takes effect once, however often it is sent.",
    },
    {
      head: ["request", "what it does", "takes", "returns"],
      rows: routes.map((route) => [
        `\`${route.method.toUpperCase()} ${route.path}\``,
        route.summary,
        taken(route),
        given(route),
      ]),
    },
    { heading: "Frames from clients", level: 2 },
    { text: "JSON objects in text frames of a WebSocket at `/ws`. The first is `hello`." },
    ...objects(under("client", clientFrames), ["type"]),
    { heading: "Commands", level: 2 },
    {
      text: "A command takes effect once, however often its `nonce` is sent; `room` names the room to whose feed it appends. Unknown fields are dropped, an unknown kind gets `unknown_kind`.",
    },
    {
      text: "Each is a frame of type `command` with a `request` (a number that the answer repeats) and a `nonce`, beside the fields below. It is answered by `ack` or `fault`.",
    },
    ...objects(under("command", commands), ["type", "kind", "request", "nonce"]),
    { heading: "Frames from the server", level: 2 },
    ...objects(under("server", serverFrames), ["type"]),
    { heading: "Events", level: 2 },
    {
      text: "Each carries `seq`, `id`, `kind`, `actor` (the user who caused it), `name` (the actor's name at that time), `at` (the server's time, never decreasing in a feed) and `nonce` (of the command), beside the fields below. Ignore kinds and fields that you do not know.",
    },
    ...objects(under("event", events), OF_EVENTS),
    { heading: "Objects", level: 2 },
    ...objects(SHARED),
    { heading: "Faults", level: 2 },
    {
      text: "*Final* means: certainly not stored, and the same command would be refused again. A fault that is not final keeps its nonce; sending it again settles the outcome.",
    },
    {
      head: ["code", "HTTP", "advice", "final", "closes with", "text"],
      rows: Object.entries<FaultRow>(FAULTS).map(([code, row]) => [
        `\`${code}\``,
        String(row.http),
        row.advice,
        row.final ? "yes" : "no",
        row.close === undefined ? "–" : String(row.close),
        row.text,
      ]),
    },
    { heading: "Close codes", level: 2 },
    {
      head: ["code", "name", "the client", "text"],
      rows: Object.entries(CLOSE_CODES).map(([code, row]) => [code, row.name, row.advice, row.text]),
    },
    { heading: "Limits", level: 2 },
    {
      head: ["name", "value", "of what"],
      rows: Object.entries(LIMITS).map(([name, value]) => [
        `\`${name}\``,
        value.toLocaleString("en-US"),
        LIMIT_TEXTS[name as keyof typeof LIMITS],
      ]),
    },
  ];
}

/** Described once above the list of events. */
const OF_EVENTS = ["seq", "id", "kind", "actor", "name", "at", "nonce"];

function object(name: string, schema: JsonSchema, hidden: readonly string[]): Block[] {
  const rows = Object.entries(schema.properties ?? {})
    .filter(([key]) => !hidden.includes(key))
    .map(([key, field]) => [
      `\`${key}\`${schema.required?.includes(key) ? "" : "?"}`,
      typeOf(field),
      field.description ?? "",
    ]);
  return [
    { heading: `\`${name}\``, level: 3 },
    ...(schema.description === undefined ? [] : [{ text: schema.description }]),
    ...(rows.length === 0 ? [] : [{ head: ["field", "type", ""], rows }]),
  ];
}

function link(id: string): string {
  return `[${id}](#objects-${id.toLowerCase()})`;
}

function fieldNames(schema: JsonSchema | undefined): string {
  return Object.keys(schema?.properties ?? {})
    .map((key) => `\`${key}\``)
    .join(", ");
}

const SIMPLE: { readonly [id: string]: string } = {
  Id: "id",
  RoomId: "room id",
  FeedId: "feed id",
  Seq: "seq",
  Time: "time",
  Token: "token",
  Role: "`member`, `moderator` or `owner`",
  RoomKind: "`public`, `private` or `direct`",
  Event: "any event",
};

/** A type in words. */
function typeOf(schema: JsonSchema): string {
  const id = schema.$ref?.split("/").at(-1);
  if (id !== undefined) return SIMPLE[id] ?? (SHARED.includes(id) ? link(id) : id);
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return choices.map(typeOf).join(" or ");
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``;
  if (Array.isArray(schema.enum)) return schema.enum.map((value) => `\`${value}\``).join(", ");
  if (Array.isArray(schema.type)) return schema.type.map((type) => typeOf({ type })).join(" or ");
  if (schema.type === "array") {
    const most = typeof schema.maxItems === "number" ? `, at most ${schema.maxItems}` : "";
    return `list of ${typeOf(schema.items ?? {})}${most}`;
  }
  if (schema.type === "string" && typeof schema.maxLength === "number") {
    return `text of ${schema.minLength ? `${schema.minLength} to` : "up to"} ${schema.maxLength.toLocaleString("en-US")}`;
  }
  if (schema.type === "object" && schema.properties) {
    const fields = Object.entries(schema.properties).map(([key, field]) => `\`${key}\`: ${typeOf(field)}`);
    return `object: ${fields.join(", ")}`;
  }
  if (typeof schema.additionalProperties === "object")
    return `${typeOf((schema.propertyNames ?? {}) as JsonSchema)} → ${typeOf(schema.additionalProperties as JsonSchema)}`;
  return (
    ({ string: "text", integer: "number", boolean: "yes or no" } as Record<string, string>)[
      String(schema.type)
    ] ?? String(schema.type)
  );
}
