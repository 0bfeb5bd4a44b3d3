import { z } from "zod";
import { commands } from "./commands.ts";
import { role, roomId, seq, time, uuid } from "./fields.ts";
import { placed, readState, roomEntry, token } from "./frames.ts";
import { LIMITS } from "./limits.ts";
import { name, text } from "./text.ts";

/**
 * Requests and responses of the HTTP interface. Times are milliseconds UTC; keys are snake_case. Bodies of requests are
 * strict: an unknown field is refused (SPEC HT-4), because a misspelt one would be ignored silently.
 */

export const guestRequest = z
  .strictObject({ name: name(LIMITS.user_name), token })
  .describe("`POST /api/v1/guests`: sign in as a guest. The same name and token again is the same guest.");
export const guest = z.object({ id: uuid, name: z.string() });

export const reaction = z
  .object({
    emoji: z.string(),
    count: z.int().positive().describe("The number of users who added it."),
    mine: z.boolean().describe("Whether the reader is one of them."),
    users: z
      .array(z.object({ id: uuid, name: z.string() }))
      .describe("The first of these users, in the order of their reactions."),
  })
  .describe("One kind of reaction on a message.");

export const message = z
  .object({
    id: uuid,
    seq,
    author: uuid,
    name: z.string().describe("The author's name when the message was sent."),
    at: time,
    text: z.string().describe("Empty when deleted."),
    mentions: z.array(uuid),
    mentions_room: z.boolean().describe("Mentions every member of the room."),
    reactions: z.array(reaction).describe("In the order in which they were first added."),
    reply_to: z.object({ id: uuid, seq }).nullable(),
    edited_at: time.nullable().describe("When it was last edited, or null."),
    deleted: z.boolean(),
    walk_in: z.boolean(),
    nonce: uuid.describe("The nonce that it was sent with."),
    rev: seq.describe("The seq of the last event that changed the message: apply only events above it."),
  })
  .describe("The current state of a message: the projection of all its events.");

export const pageQuery = z
  .object({
    before: z.coerce.number().pipe(seq).optional().describe("Messages below this seq."),
    after: z.coerce.number().pipe(seq).optional().describe("Messages above this seq."),
    around: z.coerce
      .number()
      .pipe(seq)
      .optional()
      .describe("Messages on both sides of this seq, and the message at it."),
    limit: z.coerce
      .number()
      .pipe(z.int().positive().max(LIMITS.page))
      .default(50)
      .describe("The largest number of entries."),
  })
  .refine(({ before, after, around }) => [before, after, around].filter((x) => x !== undefined).length <= 1, {
    error: "takes one of before, after, around",
  })
  .describe("`GET /api/v1/rooms/:room/messages?before|after|around=<seq>&limit=`: a page, oldest first.");

export const page = z.object({
  room: roomId,
  epoch: z.string(),
  as_of: seq.describe("The feed's last seq in the snapshot that was read: apply live events above it."),
  as_of_id: uuid
    .nullable()
    .describe(
      "The id of the event at `as_of`: the two make a cursor. Null where the store holds no such event.",
    ),
  messages: z.array(message),
  has_before: z.boolean(),
  has_after: z.boolean(),
});

export const member = z.object({ id: uuid, name: z.string(), role });
export const memberList = z.object({ members: z.array(member) });

export const roomStanding = roomEntry
  .extend({
    head: seq,
    head_id: uuid
      .nullable()
      .describe("The id of the event at `head`. Null where the store holds no such event."),
    read: readState.nullable().describe("Null for a reader who is not a member."),
  })
  .describe("A room with the head of its feed and, for a member, the read position.");

const queryText = text(LIMITS.query);
const limitOf = (fallback: number) =>
  z.coerce.number().pipe(z.int().positive().max(LIMITS.results)).default(fallback);

export const directoryQuery = z
  .object({
    query: queryText.optional().describe("A part of the name."),
    limit: limitOf(100).describe("The largest number of entries."),
    cursor: text(LIMITS.label * 4)
      .optional()
      .describe("The `next` of the page before."),
  })
  .describe(
    "`GET /api/v1/rooms?query=&limit=&cursor=`: the user's rooms and the public ones, by name. `query` is a part of the name, compared as names are; `cursor` is the `next` of the page before.",
  );
export const roomList = z.object({ rooms: z.array(roomEntry), next: z.string().nullable() });

export const person = z
  .object({ id: uuid, name: z.string(), online: z.boolean() })
  .describe("`GET /api/v1/users?query=&limit=&cursor=`: the users that the reader can write to, by name.");
export const userList = z.object({ users: z.array(person), next: z.string().nullable() });

export const readList = z
  .object({ reads: z.array(z.object({ user: uuid, seq })) })
  .describe(
    `\`GET /api/v1/rooms/:room/reads\`: how far each member has read, in rooms of up to ${LIMITS.receipts} members.`,
  );

export const version = z
  .object({ seq, text: z.string(), at: time })
  .describe(
    "`GET /api/v1/rooms/:room/messages/:message/history`: the texts of a message, oldest first; the last is the current one.",
  );
export const history = z.object({ versions: z.array(version) });

export const searchQuery = z
  .object({
    query: queryText
      .refine((value) => value.trim().length > 0, { error: "is blank" })
      .meta({ description: 'Words, `"phrases"` and beginnings, `wor*`.', minLength: 1 }),
    room: roomId.optional().describe("In this room only."),
    author: uuid.optional().describe("From this user only."),
    after: z.coerce.number().pipe(time).optional().describe("Sent at this time or later."),
    before: z.coerce.number().pipe(time).optional().describe("Sent before this time."),
    limit: limitOf(20).describe("The largest number of entries."),
    cursor: z.coerce.number().pipe(z.int().positive()).optional().describe("The `next` of the page before."),
  })
  .describe(
    '`GET /api/v1/search?query=`: messages that hold all words, newest first, from the rooms of the user, or from one room that the user may read. `"two words"` in quotes is a phrase, `wor*` the beginning of a word. `after` and `before` are times in milliseconds UTC; `cursor` is the `next` of the page before.',
  );
export const hit = z.object({
  room: roomId,
  room_name: z.string().nullable().describe("Null in a direct room."),
  message,
});
export const hitList = z.object({
  hits: z.array(hit),
  next: z.int().positive().nullable().describe("The cursor of the next page, null when there is none."),
});

export const serverInfo = z
  .object({
    name: z.literal("parley"),
    version: z.string(),
    protocol: z.string(),
    epoch: z.string(),
    guests: z.boolean(),
    limits: z.record(z.string(), z.int()),
  })
  .describe("`GET /api/v1/server`: the version and the limits of this server.");

export const roomsQuery = directoryQuery
  .extend({
    mine: z.enum(["true", "false"]).default("false").describe("`true`: only your own rooms."),
  })
  .describe("`GET /api/v1/rooms` also takes `mine=true`: only the user's own rooms.");

export const performed = z
  .object({
    nonce: uuid,
    events: z.array(placed).describe("In the order of the command's effects; empty when nothing changed."),
    at: time.describe("When the command was stored."),
    unchanged: z.literal(true).optional(),
    duplicate: z.literal(true).optional().describe("The key was answered before; this is the same answer."),
  })
  .describe(
    "The result of a command. The nonce is the `Idempotency-Key`, or was made from it: on the socket it names the same command.",
  );
export const posted = performed
  .extend({ id: uuid, seq })
  .describe("`POST /api/v1/rooms/:room/messages` also answers with the message's id and seq.");
export const opened = performed
  .extend({ id: roomId })
  .describe("`POST /api/v1/rooms` and `POST /api/v1/rooms/direct` also answer with the room's id.");

export const newRoom = z
  .strictObject({
    id: uuid.optional(),
    kind: commands.create_room.shape.room_kind,
    name: commands.create_room.shape.name,
    topic: commands.create_room.shape.topic,
    members: commands.create_room.shape.members,
  })
  .describe("`POST /api/v1/rooms`. Without an `id` the server makes one.");
export const newDirect = z
  .strictObject({ user: uuid })
  .describe("`POST /api/v1/rooms/direct`: the direct room with this user.");
export const roomChange = z
  .strictObject({
    name: commands.rename_room.shape.name.optional(),
    topic: commands.set_topic.shape.topic.optional(),
    archived: z.boolean().optional().describe("An archived room is read-only."),
  })
  .refine((change) => Object.values(change).some((value) => value !== undefined), {
    error: "takes at least one of name, topic, archived",
  })
  .describe("`PATCH /api/v1/rooms/:room`: the fields to change.");
export const memberChange = z
  .strictObject({ role: role.optional() })
  .describe(
    "`PUT /api/v1/rooms/:room/members/:user`: makes the user a member, and with `role` sets the role.",
  );
export const newMessage = commands.send_message
  .omit({ kind: true, room: true })
  .strict()
  .describe("`POST /api/v1/rooms/:room/messages`.");
export const messageChange = commands.edit_message
  .omit({ kind: true, room: true, message: true })
  .strict()
  .describe("`PATCH /api/v1/rooms/:room/messages/:message`: the whole message after the change.");
export const readChange = z
  .strictObject({ seq })
  .describe("`PUT /api/v1/rooms/:room/read`: the user has read the room up to this seq.");

export const roomOnline = z
  .object({
    count: z.int().nonnegative(),
    online: z
      .array(uuid)
      .nullable()
      .describe(`Null in rooms of more than ${LIMITS.presence_list} members: they are only counted.`),
    unknown: z
      .literal(true)
      .optional()
      .describe("Other servers are out of reach: their users may be online, too."),
  })
  .describe("`GET /api/v1/rooms/:room/online`: the members who are online.");

export const problem = z
  .object({
    type: z.string().describe("`urn:parley:fault:` and the code."),
    title: z.string().describe("The fault's text, for people."),
    status: z.int().describe("The HTTP status."),
    detail: z.string().optional().describe("The field or the object that was refused."),
    code: z.string().describe("A code of the table of faults."),
    advice: z
      .enum(["never", "retry", "sign_in", "upgrade"])
      .describe(
        "What to do next: `never` try this again, `retry` later, `sign_in` again, `upgrade` the client.",
      ),
    final: z
      .boolean()
      .describe(
        "True: certainly not stored, and the same request would be refused again. Otherwise send it again with the same key.",
      ),
    retry_after: z.int().nonnegative().optional().describe("Milliseconds to wait."),
  })
  .describe("Every answer that is not a success, as `application/problem+json` (RFC 9457).");

export type GuestRequest = z.infer<typeof guestRequest>;
export type Guest = z.infer<typeof guest>;
export type Message = z.infer<typeof message>;
export type Page = z.infer<typeof page>;
export type PageQuery = z.infer<typeof pageQuery>;
export type Member = z.infer<typeof member>;
export type Reaction = z.infer<typeof reaction>;
export type RoomStanding = z.infer<typeof roomStanding>;
export type DirectoryQuery = z.infer<typeof directoryQuery>;
export type Person = z.infer<typeof person>;
export type UserList = z.infer<typeof userList>;
export type ReadList = z.infer<typeof readList>;
export type Version = z.infer<typeof version>;
export type History = z.infer<typeof history>;
export type SearchQuery = z.infer<typeof searchQuery>;
export type Hit = z.infer<typeof hit>;
export type HitList = z.infer<typeof hitList>;
export type ServerInfo = z.infer<typeof serverInfo>;
export type RoomList = z.infer<typeof roomList>;
export type MemberList = z.infer<typeof memberList>;
export type Performed = z.infer<typeof performed>;
export type Posted = z.infer<typeof posted>;
export type Opened = z.infer<typeof opened>;
export type NewRoom = z.infer<typeof newRoom>;
export type RoomChange = z.infer<typeof roomChange>;
export type NewMessage = z.infer<typeof newMessage>;
export type MessageChange = z.infer<typeof messageChange>;
export type RoomOnline = z.infer<typeof roomOnline>;
export type Problem = z.infer<typeof problem>;
