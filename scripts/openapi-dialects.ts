// The small chat servers' routes in the OpenAPI document. They are theirs, not ours: they stand at their own addresses, in
// their own shapes, outside of /api/v1, and are described here by hand. A test asks a server for each.

import { z } from "zod";
import { LIMITS } from "../protocol/src/limits.ts";
import type { JsonSchema } from "./components.ts";

export const DIALECT_TAGS = {
  "dialect: chat rooms":
    "Rooms of a small chat server's wire; talk is at `ws://…/ws/chat/{room_id}?username=Ada`. No credential is read. Pages of the same host name, on any port, and of origins that `DIALECT_ORIGINS` lists may ask; others get 403. There are no such routes where `DIALECTS` has no `chat`, and 403 with `GUESTS=off`.",
  "dialect: lobby":
    "The lobby of small chat servers; talk is at `ws://…/ws/{username}`. No credential is read. Pages of the same host name, on any port, and of origins that `DIALECT_ORIGINS` lists may ask; others get 403. There are no such routes where `DIALECTS` has no `lobby`.",
} as const;
type Tag = keyof typeof DIALECT_TAGS;

const timestamp = z.string().meta({ format: "date-time", examples: ["2026-11-20T12:00:00.000Z"] });

/** The shapes of answers, by the name under which they stand in the document. */
export const DIALECT_SCHEMAS = {
  DialectRoom: z.object({ id: z.string(), name: z.string(), created_at: timestamp }),
  DialectRooms: z.array(z.object({ id: z.string(), name: z.string(), created_at: timestamp })),
  DialectMessages: z.array(
    z.object({
      id: z.string(),
      room_id: z.string(),
      username: z.string(),
      content: z.string(),
      timestamp,
    }),
  ),
  DialectUsers: z.object({
    users: z.array(z.object({ id: z.string(), name: z.string(), is_online: z.literal(true) })),
  }),
  DialectStatus: z.object({ message: z.string(), status: z.literal("ok") }),
  DialectRoomName: z.object({ name: z.string().min(1).max(LIMITS.room_name) }),
  DialectDetail: z.object({ detail: z.string() }),
};
type SchemaName = keyof typeof DIALECT_SCHEMAS;

export function dialectComponents(): Record<string, JsonSchema> {
  return Object.fromEntries(
    Object.entries(DIALECT_SCHEMAS).map(([name, schema]) => {
      const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: "input" }) as JsonSchema;
      return [name, rest];
    }),
  );
}

const content = (name: SchemaName) => ({
  "application/json": { schema: { $ref: `#/components/schemas/${name}` } },
});
const answer = (description: string, name?: SchemaName) => ({
  description,
  headers: {
    "Access-Control-Allow-Origin": { $ref: "#/components/headers/DialectOrigin" },
  },
  ...(name === undefined ? {} : { content: content(name) }),
});
const no = (description: string) => answer(description, "DialectDetail");

const NO_GUESTS = no("`GUESTS=off`: this server takes no guests.");
const NO_ROOM = no("Room not found");
const ROOM = {
  name: "room_id",
  in: "path",
  required: true,
  description: "The room's id.",
  schema: { type: "string" },
};

function operation(tag: Tag, operationId: string, summary: string, rest: object): object {
  return { operationId, tags: [tag], summary, security: [], ...rest };
}

export const DIALECT_HEADERS = {
  DialectOrigin: {
    description:
      "The origin of the page, where it may ask; `*` where `DIALECT_ORIGINS` opens the interface to all.",
    schema: { type: "string" },
  },
};

export const DIALECT_PATHS: Record<string, Record<string, object>> = {
  "/api/chat/rooms": {
    get: operation(
      "dialect: chat rooms",
      "dialectListRooms",
      "Lists the public rooms but the lobby, in order of creation",
      {
        responses: { "200": answer("The rooms.", "DialectRooms"), "403": NO_GUESTS },
      },
    ),
    post: operation("dialect: chat rooms", "dialectMakeRoom", "Makes a public room", {
      description:
        "A room without an owner: as long as it has no members, any client may delete it. Limited by address.",
      requestBody: { required: true, content: content("DialectRoomName") },
      responses: {
        "201": answer("It is made.", "DialectRoom"),
        "400": no("A room of this name exists already."),
        "403": NO_GUESTS,
        "422": no("The body is not what it should be."),
        "429": no("Too many new rooms from this address. `Retry-After` says when to come again."),
      },
    }),
  },
  "/api/chat/rooms/{room_id}": {
    delete: operation("dialect: chat rooms", "dialectDeleteRoom", "Deletes a room that was made here", {
      description: "The room is deleted with its messages; its clients are closed with 1001.",
      parameters: [ROOM],
      responses: {
        "204": answer("It is gone."),
        "403": no("This room was not made here, or `GUESTS=off`."),
        "404": NO_ROOM,
      },
    }),
  },
  "/api/chat/rooms/{room_id}/messages": {
    get: operation("dialect: chat rooms", "dialectReadMessages", "Reads the last messages, oldest first", {
      parameters: [
        ROOM,
        {
          name: "limit",
          in: "query",
          description: "The largest number of messages.",
          schema: { type: "integer", minimum: 1, maximum: 500, default: 500 },
        },
        {
          name: "before",
          in: "query",
          description: "The id of a message: only messages before it.",
          schema: { type: "string" },
        },
      ],
      responses: {
        "200": answer("The messages.", "DialectMessages"),
        "403": NO_GUESTS,
        "404": NO_ROOM,
        "422": no("`limit` is out of range, or there is no message `before`."),
      },
    }),
  },
  "/users": {
    get: operation("dialect: lobby", "dialectListUsers", "Lists who is online, on every wire", {
      responses: { "200": answer("They are here now.", "DialectUsers"), "403": NO_GUESTS },
    }),
  },
  "/": {
    get: operation("dialect: lobby", "dialectStatus", "Says that the server runs", {
      description: "A browser, which accepts `text/html`, gets the page instead.",
      responses: { "200": answer("It runs.", "DialectStatus") },
    }),
  },
};
