// The schemas of the wire as JSON Schema with names and descriptions: what OpenAPI, AsyncAPI and the reference share.

import { z } from "zod";
import { LIMITS } from "../protocol/src/limits.ts";
import * as wire from "../protocol/src/schemas.ts";
import { readComments } from "./comments.ts";

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

type Named = {
  readonly schema: z.ZodType;
  /** Where its comments stand, and where those of its fields do that it has from others. */
  readonly paths: readonly string[];
  /** Instead of the comment. */
  readonly description?: string;
  readonly add?: JsonSchema;
};

const named = new Map<string, Named>();
const ids = z.registry<{ id: string }>();

function name(id: string, schema: z.ZodType, paths: readonly string[], more: Partial<Named> = {}): void {
  named.set(id, { schema, paths, ...more });
  ids.add(schema, { id });
}

name("Id", wire.uuid, [], {
  description: "A UUID in lower case; what we make is version 7.",
  add: { format: "uuid" },
});
name("RoomId", wire.roomId, [], {
  description: "`lobby`, a UUID, or `direct.` with the ids of two users in their order.",
  add: { examples: ["lobby"] },
});
name("FeedId", wire.feedId, [], {
  description: "A room's id, or `user.` with a user's id: the private feed.",
});
name("Seq", wire.seq, ["seq"]);
name("Time", wire.time, ["time"]);
name("Role", wire.role, [], { description: "What somebody may do in a room." });
name("RoomKind", wire.roomKind, [], {
  description: "Public rooms are open to all, private ones by invitation, direct ones are two people.",
});
name("Token", wire.token, ["token"]);
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
};
for (const [id, schema] of Object.entries(plain)) name(capital(id), schema, [id]);
name("RoomStanding", wire.roomStanding, ["roomStanding", "roomEntry"]);
name("Posted", wire.posted, ["posted", "performed"]);
name("Opened", wire.opened, ["opened", "performed"]);
name("NewMessage", wire.newMessage, ["newMessage", "commands.send_message"]);
name("MessageChange", wire.messageChange, [
  "messageChange",
  "commands.edit_message",
  "commands.send_message",
]);
for (const [kind, schema] of Object.entries(wire.events))
  name(`event.${kind}`, schema, [`events.${kind}`, "events.message_sent", "base"]);
name("Event", wire.anyEvent, [], {
  description: "What stands in a feed, by `kind`. Ignore kinds and fields that you do not know.",
});
for (const [type, schema] of Object.entries(wire.clientFrames))
  name(`client.${type}`, schema, [`clientFrames.${type}`]);
for (const [kind, schema] of Object.entries(wire.commands)) {
  const frame = schema.extend(wire.commandEnvelope.shape);
  name(`command.${kind}`, frame, [`commands.${kind}`, "commands.send_message", "commandEnvelope"]);
}
for (const [type, schema] of Object.entries(wire.serverFrames))
  name(`server.${type}`, schema, [`serverFrames.${type}`]);

/** What JSON Schema does not see in the schemas, by the last part of a field's path. Lengths are code points. */
const LENGTHS: { readonly [field: string]: readonly [least: number, most: number] } = {
  "newMessage.text": [1, LIMITS.text],
  "messageChange.text": [1, LIMITS.text],
  "commands.send_message.text": [1, LIMITS.text],
  "commands.edit_message.text": [1, LIMITS.text],
  "guestRequest.name": [1, LIMITS.user_name],
  "clientFrames.hello.name": [1, LIMITS.user_name],
  "clientFrames.hello.device": [0, LIMITS.label],
  "clientFrames.hello.client": [0, LIMITS.label],
  "newRoom.name": [1, LIMITS.room_name],
  "newRoom.topic": [0, LIMITS.topic],
  "roomChange.name": [1, LIMITS.room_name],
  "roomChange.topic": [0, LIMITS.topic],
  "commands.create_room.name": [1, LIMITS.room_name],
  "commands.create_room.topic": [0, LIMITS.topic],
  "commands.rename_room.name": [1, LIMITS.room_name],
  "commands.set_topic.topic": [0, LIMITS.topic],
  "searchQuery.query": [1, LIMITS.query],
  "directoryQuery.query": [0, LIMITS.query],
};

const comments = readComments();

/** Where the source says nothing, because its reader needs nothing, or speaks to its reader only. */
const WORDS: { readonly [path: string]: string } = {
  "commands.join_room": "Becomes a member of a public room.",
  "commands.leave_room": "Stops being a member.",
  "commands.send_message": "Sends a message to the room.",
  "commands.send_message.mentions_room": "Everybody in the room is meant.",
  "commands.edit_message": "Replaces the text and the mentions of an own message.",
  "commands.delete_message": "Deletes a message: its text is removed from the log.",
  "commands.remove_reaction": "Takes an own reaction off; `unchanged` when there is none.",
  "commands.rename_room": "Gives the room another name.",
  "commands.set_topic": "Gives the room another topic.",
  "commands.unarchive_room": "Opens an archived room again.",
  "commands.remove_member": "Ends somebody's membership.",
  "commands.change_role": "Gives a member another role.",
  "clientFrames.hello": "Signs in. The first frame of every connection.",
  "pageQuery.before": "Messages below this number.",
  "pageQuery.after": "Messages above this number.",
  "pageQuery.around": "Messages on both sides of this number, and the one that has it.",
  "pageQuery.limit": "At most so many.",
  "directoryQuery.query": "A part of the name.",
  "directoryQuery.limit": "At most so many.",
  "directoryQuery.cursor": "The `next` of the page before.",
  "roomsQuery.mine": "`true`: your own rooms and no others.",
  "searchQuery.query": 'Words, `"phrases"` and beginnings, `wor*`.',
  "searchQuery.room": "In this room only.",
  "searchQuery.author": "From this user only.",
  "searchQuery.after": "Sent at this time or later.",
  "searchQuery.before": "Sent before this time.",
  "searchQuery.limit": "At most so many.",
  "searchQuery.cursor": "The `next` of the page before.",
  "clientFrames.resume":
    "Says where the client stands in its feeds; each is answered. `epoch` is the lineage that the cursors were made in.",
  "clientFrames.after": "Asks for the events above `seq`, to close a gap.",
  "clientFrames.ping": "Asks for a `pong`.",
  "serverFrames.welcome": "The answer to `hello`: who the user is, and the feeds that are the user's.",
  "serverFrames.feeds":
    "Feeds that did not fit into the welcome, the answers to `resume`, and feeds that the user came into or lost.",
  "serverFrames.ack": "Commands that are stored, all that one batch brought to this connection.",
  "serverFrames.fault": "Something was refused. `request` and `nonce` say what, where they could be read.",
  "serverFrames.events": "Events of one feed, ascending and contiguous.",
  "serverFrames.heads": "Where feeds stand. A client that is behind asks `after`.",
  "serverFrames.reset":
    "The feed cannot be continued from the cursor: drop the copy, load a page, apply live events above its `as_of`.",
  "serverFrames.drain":
    "The server is about to restart. Come back within so many milliseconds, at a time chosen at random.",
  "serverFrames.pong": "The answer to `ping`.",
  "events.room_created": "The room was made. The first event of its feed.",
  "events.member_joined": "Somebody became a member.",
  "events.member_left": "Somebody is no longer a member.",
  "events.message_sent": "A message.",
  "events.message_edited": "A message has another text.",
  "events.message_deleted": "A message was deleted; the events with its text are redacted.",
  "events.reaction_added": "Somebody put a reaction on a message.",
  "events.reaction_removed": "Somebody took a reaction off a message.",
  "events.room_renamed": "The room has another name.",
  "events.topic_changed": "The room has another topic.",
  "events.room_archived": "The room is archived: it is read and nothing is added.",
  "events.room_unarchived": "The room is open again.",
  "events.role_changed": "A member has another role.",
};

/** The comment at a path, with the numbers that it names. */
export function comment(path: string): string | undefined {
  return (WORDS[path] ?? comments.get(path))?.replaceAll(/LIMITS\.(\w+)/g, (whole, key: string) =>
    key in LIMITS ? LIMITS[key as keyof typeof LIMITS].toLocaleString("en-US") : whole,
  );
}

/** All named schemas. `base` stands before the name in a reference. */
export function components(base = "#/components/schemas/"): Record<string, JsonSchema> {
  const made = z.toJSONSchema(ids, { uri: (id) => `${base}${id}`, io: "input", unrepresentable: "any" });
  const result: Record<string, JsonSchema> = {};
  for (const [id, { paths, description, add }] of named) {
    const { $schema: _, $id: __, ...schema } = made.schemas[id] as JsonSchema;
    const text = description ?? paths.slice(0, 1).flatMap((path) => comment(path) ?? [])[0];
    result[id] = described(
      { ...(text === undefined ? {} : { description: text }), ...schema, ...add },
      paths,
    );
  }
  return result;
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
export function unnamed(schema: z.ZodType, paths: readonly string[]): JsonSchema {
  const { $schema: _, ...made } = z.toJSONSchema(schema, {
    io: "output",
    unrepresentable: "any",
  }) as JsonSchema;
  // What is given out may get more fields: only bodies of requests are strict, and those have names.
  const open = JSON.stringify(made, (key, value) =>
    key === "additionalProperties" && value === false ? undefined : value,
  );
  return described(JSON.parse(open) as JsonSchema, paths);
}

/** Puts the comments at the fields, and takes out what says nothing. */
function described(schema: JsonSchema, paths: readonly string[]): JsonSchema {
  const { additionalProperties, minimum, maximum, ...rest } = schema;
  const made: JsonSchema = rest;
  if (additionalProperties === false) made.additionalProperties = false;
  if (typeof additionalProperties === "object")
    made.additionalProperties = described(additionalProperties as JsonSchema, []);
  if (minimum !== undefined && minimum !== Number.MIN_SAFE_INTEGER) made.minimum = minimum;
  if (maximum !== undefined && maximum !== Number.MAX_SAFE_INTEGER) made.maximum = maximum;
  for (const list of ["anyOf", "oneOf"] as const) {
    if (made[list]) made[list] = made[list].map((inner) => described(inner, paths));
  }
  if (made.items) made.items = described(made.items, paths);
  if (made.properties) {
    made.properties = Object.fromEntries(
      Object.entries(made.properties)
        // Reserved for a later version: not to be sent.
        .filter(([, inner]) => Object.keys(inner).length > 0)
        .map(([key, inner]) => [
          key,
          field(
            inner,
            paths.map((path) => `${path}.${key}`),
          ),
        ]),
    );
  }
  return made;
}

function field(schema: JsonSchema, paths: readonly string[]): JsonSchema {
  const text = paths.flatMap((path) => comment(path) ?? [])[0];
  const [least, most] = paths.flatMap((path) => (LENGTHS[path] ? [LENGTHS[path]] : []))[0] ?? [];
  return {
    ...(text === undefined ? {} : { description: text }),
    ...described(schema, paths),
    ...(least === undefined || most === undefined ? {} : { minLength: least, maxLength: most }),
  };
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
