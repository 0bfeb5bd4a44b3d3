// The schemas of the wire as JSON Schema with names and descriptions: what OpenAPI, AsyncAPI and the reference share.

import { z } from "zod";
import * as wire from "../protocol/src/schemas.ts";

export type JsonSchema = {
  $ref?: string;
  type?: string | string[];
  description?: string;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  additionalProperties?: unknown;
  [keyword: string]: unknown;
};

/** The schemas that have a name in all documents. Their descriptions are metadata of the schemas. */
const ids = z.registry<{ id: string }>();

function name(id: string, schema: z.ZodType): void {
  ids.add(schema, { id });
}

name("Id", wire.uuid);
name("RoomId", wire.roomId);
name("FeedId", wire.feedId);
name("Seq", wire.seq);
name("Time", wire.time);
name("Role", wire.role);
name("RoomKind", wire.roomKind);
name("Token", wire.token);
const plain = {
  message: wire.message,
  reaction: wire.reaction,
  page: wire.page,
  member: wire.member,
  memberList: wire.memberList,
  person: wire.person,
  userList: wire.userList,
  roomList: wire.roomList,
  readList: wire.readList,
  version: wire.version,
  history: wire.history,
  hit: wire.hit,
  hitList: wire.hitList,
  serverInfo: wire.serverInfo,
  guest: wire.guest,
  guestRequest: wire.guestRequest,
  performed: wire.performed,
  newRoom: wire.newRoom,
  newDirect: wire.newDirect,
  roomChange: wire.roomChange,
  memberChange: wire.memberChange,
  readChange: wire.readChange,
  roomOnline: wire.roomOnline,
  problem: wire.problem,
  roomEntry: wire.roomEntry,
  readState: wire.readState,
  feedState: wire.feedState,
  placed: wire.placed,
  acknowledgement: wire.acknowledgement,
  cursor: wire.cursor,
  roomStanding: wire.roomStanding,
  posted: wire.posted,
  opened: wire.opened,
  newMessage: wire.newMessage,
  messageChange: wire.messageChange,
};
for (const [id, schema] of Object.entries(plain)) name(capital(id), schema);
for (const [kind, schema] of Object.entries(wire.events)) name(`event.${kind}`, schema);
name("Event", wire.anyEvent);
name("MembersJoined", wire.membersJoined);
name("Item", wire.feedItem);
for (const [type, schema] of Object.entries(wire.clientFrames)) name(`client.${type}`, schema);
for (const [kind, schema] of Object.entries(wire.commands)) {
  const frame = schema.extend(wire.commandEnvelope.shape);
  name(`command.${kind}`, schema.description === undefined ? frame : frame.describe(schema.description));
}
for (const [type, schema] of Object.entries(wire.serverFrames)) name(`server.${type}`, schema);

/** All named schemas. A reference is `base`, then the name. */
export function components(base = "#/components/schemas/"): Record<string, JsonSchema> {
  const made = z.toJSONSchema(ids, { uri: (id) => `${base}${id}`, io: "input", unrepresentable: "any" });
  return Object.fromEntries(
    Object.entries(made.schemas).map(([id, schema]) => {
      const { $schema: _, $id: __, ...rest } = schema as JsonSchema;
      return [id, plainSchema(rest)];
    }),
  );
}

/** What one name needs, and what that needs: so that a document holds only what it uses. */
export function needed(all: Record<string, JsonSchema>, used: unknown): Record<string, JsonSchema> {
  const found = new Set<string>();
  const look = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    const { $ref } = value as JsonSchema;
    const id = typeof $ref === "string" ? /^#\/components\/schemas\/(.+)$/.exec($ref)?.[1] : undefined;
    if (id !== undefined && !found.has(id)) {
      found.add(id);
      look(all[id]);
    }
    for (const inner of Object.values(value)) look(inner);
  };
  look(used);
  return Object.fromEntries(Object.entries(all).filter(([id]) => found.has(id)));
}

/** The name of a schema in all documents. */
export function nameOf(schema: z.ZodType): string {
  const id = ids.get(schema)?.id;
  if (id === undefined)
    throw new Error("A schema of a route has no name: give it one in scripts/components.ts.");
  return id;
}

/** A schema without a name, such as a route's query. */
export function unnamed(schema: z.ZodType): JsonSchema {
  const { $schema: _, ...made } = z.toJSONSchema(schema, {
    io: "output",
    unrepresentable: "any",
  }) as JsonSchema;
  // What is given out may get more fields: only bodies of requests are strict, and those have names.
  const open = JSON.stringify(made, (key, value) =>
    key === "additionalProperties" && value === false ? undefined : value,
  );
  return plainSchema(JSON.parse(open) as JsonSchema);
}

/** Puts descriptions first, and takes out what holds for every JSON number and what is reserved. */
function plainSchema(schema: JsonSchema): JsonSchema {
  const { description, additionalProperties, minimum, maximum, ...rest } = schema;
  const made: JsonSchema = { ...(description === undefined ? {} : { description }), ...rest };
  if (additionalProperties === false) made.additionalProperties = false;
  if (typeof additionalProperties === "object")
    made.additionalProperties = plainSchema(additionalProperties as JsonSchema);
  if (minimum !== undefined && minimum !== Number.MIN_SAFE_INTEGER) made.minimum = minimum;
  if (maximum !== undefined && maximum !== Number.MAX_SAFE_INTEGER) made.maximum = maximum;
  for (const list of ["anyOf", "oneOf"] as const) {
    if (made[list]) made[list] = made[list].map(plainSchema);
  }
  if (made.items) made.items = plainSchema(made.items);
  if (made.properties) {
    made.properties = Object.fromEntries(
      Object.entries(made.properties)
        // Reserved for a later version: not to be sent.
        .filter(([, inner]) => Object.keys(inner).length > 0)
        .map(([key, inner]) => [key, plainSchema(inner)]),
    );
  }
  return made;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
