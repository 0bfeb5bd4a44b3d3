import { z } from "zod";
import { commands } from "./commands.ts";
import { role, roomId, seq, time, uuid } from "./fields.ts";
import { placed, readState, roomEntry, token } from "./frames.ts";
import { LIMITS } from "./limits.ts";
import { name, text } from "./text.ts";

/**
 * What the HTTP interface takes and gives. Times are milliseconds UTC; keys are snake_case. Bodies of requests are strict: a
 * field that is not known here is refused (SPEC HT-4), because a misspelt one would vanish without a word.
 */

/** `POST /api/v1/guests`: sign in as a guest. The same name and token again is the same guest. */
export const guestRequest = z.strictObject({ name: name(LIMITS.user_name), token });
export const guest = z.object({ id: uuid, name: z.string() });

/** One kind of reaction on a message. */
export const reaction = z.object({
  emoji: z.string(),
  /** How many people put it there. */
  count: z.int().positive(),
  /** Whether the reader did. */
  mine: z.boolean(),
  /** The first of them, in the order in which they came. */
  users: z.array(z.object({ id: uuid, name: z.string() })),
});

/** A message as it is now: the projection of all its events. */
export const message = z.object({
  id: uuid,
  seq,
  author: uuid,
  /** The author's name when it was sent. */
  name: z.string(),
  at: time,
  /** Empty when deleted. */
  text: z.string(),
  mentions: z.array(uuid),
  /** Everybody in the room is meant. */
  mentions_room: z.boolean(),
  /** In the order in which they first came. */
  reactions: z.array(reaction),
  reply_to: z.object({ id: uuid, seq }).nullable(),
  /** When it was last edited, or null. */
  edited_at: time.nullable(),
  deleted: z.boolean(),
  walk_in: z.boolean(),
  /** The nonce it was sent with. */
  nonce: uuid,
  /** The seq of the last event that changed it: apply to it only events above. */
  rev: seq,
});

/** `GET /api/v1/rooms/:room/messages?before|after|around=<seq>&limit=`: a page, oldest first. */
export const pageQuery = z
  .object({
    before: z.coerce.number().pipe(seq).optional(),
    after: z.coerce.number().pipe(seq).optional(),
    around: z.coerce.number().pipe(seq).optional(),
    limit: z.coerce.number().pipe(z.int().positive().max(LIMITS.page)).default(50),
  })
  .refine(({ before, after, around }) => [before, after, around].filter((x) => x !== undefined).length <= 1, {
    error: "takes one of before, after, around",
  });

export const page = z.object({
  room: roomId,
  epoch: z.string(),
  /** The feed's last seq in the snapshot that was read: live events above it complete the picture. */
  as_of: seq,
  /** The id of the event at `as_of`: the two make a cursor. Null where the store holds no such event. */
  as_of_id: uuid.nullable(),
  messages: z.array(message),
  has_before: z.boolean(),
  has_after: z.boolean(),
});

export const member = z.object({ id: uuid, name: z.string(), role });
export const memberList = z.object({ members: z.array(member) });

/** A room as its own page shows it: to a member also where the feed stands and how far the member has read. */
export const roomStanding = roomEntry.extend({
  head: seq,
  /** The id of the event at `head`; null where the store holds no such event. */
  head_id: uuid.nullable(),
  /** Null for a reader who is not a member. */
  read: readState.nullable(),
});

const queryText = text(LIMITS.query);
const limitOf = (fallback: number) =>
  z.coerce.number().pipe(z.int().positive().max(LIMITS.results)).default(fallback);

/**
 * `GET /api/v1/rooms?query=&limit=&cursor=`: the user's rooms and the public ones, by name. `query` is a part of the name,
 * compared as names are; `cursor` is the `next` of the page before.
 */
export const directoryQuery = z.object({
  query: queryText.optional(),
  limit: limitOf(100),
  cursor: text(LIMITS.label * 4).optional(),
});
export const roomList = z.object({ rooms: z.array(roomEntry), next: z.string().nullable() });

/** `GET /api/v1/users?query=&limit=&cursor=`: everybody who can be written to, by name. */
export const person = z.object({ id: uuid, name: z.string(), online: z.boolean() });
export const userList = z.object({ users: z.array(person), next: z.string().nullable() });

/** `GET /api/v1/rooms/:room/reads`: how far each member has read, in rooms of up to LIMITS.receipts members. */
export const readList = z.object({ reads: z.array(z.object({ user: uuid, seq })) });

/** `GET /api/v1/rooms/:room/messages/:message/history`: the texts that a message had, oldest first; the last is the present one. */
export const version = z.object({ seq, text: z.string(), at: time });
export const history = z.object({ versions: z.array(version) });

/**
 * `GET /api/v1/search?query=`: messages that hold all words, newest first, from the rooms that the user is in, or from one
 * room that the user may read. `"two words"` in quotes is a phrase, `wor*` the beginning of a word. `after` and `before`
 * are times in milliseconds UTC; `cursor` is the `next` of the page before.
 */
export const searchQuery = z.object({
  query: queryText.refine((value) => value.trim().length > 0, { error: "is blank" }),
  room: roomId.optional(),
  author: uuid.optional(),
  after: z.coerce.number().pipe(time).optional(),
  before: z.coerce.number().pipe(time).optional(),
  limit: limitOf(20),
  cursor: z.coerce.number().pipe(z.int().positive()).optional(),
});
export const hit = z.object({
  room: roomId,
  /** Null in a direct room. */
  room_name: z.string().nullable(),
  message,
});
export const hitList = z.object({
  hits: z.array(hit),
  /** The cursor of the next page, null when there is none. */
  next: z.int().positive().nullable(),
});

/** `GET /api/v1/server`: what this server is and what it takes. */
export const serverInfo = z.object({
  name: z.literal("parley"),
  version: z.string(),
  protocol: z.string(),
  epoch: z.string(),
  guests: z.boolean(),
  limits: z.record(z.string(), z.int()),
});

/** `GET /api/v1/rooms` takes `mine=true`, too: the user's own rooms and no others. */
export const roomsQuery = directoryQuery.extend({ mine: z.enum(["true", "false"]).default("false") });

/**
 * What a command came to. The nonce is the `Idempotency-Key`, or was made from it: on the wire it names the same command.
 */
export const performed = z.object({
  nonce: uuid,
  /** In the order of the command's effects; empty when nothing changed. */
  events: z.array(placed),
  /** When it was stored. */
  at: time,
  unchanged: z.literal(true).optional(),
  /** This key was answered before; this is the same answer. */
  duplicate: z.literal(true).optional(),
});
/** `POST /api/v1/rooms/:room/messages` answers with the message's id and its number in the room, too. */
export const posted = performed.extend({ id: uuid, seq });
/** `POST /api/v1/rooms` and `POST /api/v1/rooms/direct` answer with the room's id, too. */
export const opened = performed.extend({ id: roomId });

/** `POST /api/v1/rooms`. Without an `id` the server makes one. */
export const newRoom = z.strictObject({
  id: uuid.optional(),
  kind: commands.create_room.shape.room_kind,
  name: commands.create_room.shape.name,
  topic: commands.create_room.shape.topic,
  /** Who is in it from the start, besides the creator. */
  members: commands.create_room.shape.members,
});
/** `POST /api/v1/rooms/direct`: the direct room with this user. */
export const newDirect = z.strictObject({ user: uuid });
/** `PATCH /api/v1/rooms/:room`: what shall be different. */
export const roomChange = z
  .strictObject({
    name: commands.rename_room.shape.name.optional(),
    topic: commands.set_topic.shape.topic.optional(),
    /** An archived room is read and nothing is added. */
    archived: z.boolean().optional(),
  })
  .refine((change) => Object.values(change).some((value) => value !== undefined), {
    error: "takes at least one of name, topic, archived",
  });
/** `PUT /api/v1/rooms/:room/members/:user`: makes a member of somebody, and with `role` gives that role. */
export const memberChange = z.strictObject({ role: role.optional() });
/** `POST /api/v1/rooms/:room/messages`. */
export const newMessage = commands.send_message.omit({ kind: true, room: true }).strict();
/** `PATCH /api/v1/rooms/:room/messages/:message`: all of the message as it shall be. */
export const messageChange = commands.edit_message.omit({ kind: true, room: true, message: true }).strict();
/** `PUT /api/v1/rooms/:room/read`: the user has read the room up to this number. */
export const readChange = z.strictObject({ seq });

/** `GET /api/v1/rooms/:room/online`: which members are here. */
export const roomOnline = z.object({
  count: z.int().nonnegative(),
  /** Null in rooms of more than LIMITS.presence_list members: they are only counted. */
  online: z.array(uuid).nullable(),
});

/** Every answer that is not a success, as `application/problem+json` (RFC 9457). */
export const problem = z.object({
  /** `urn:parley:fault:` and the code. */
  type: z.string(),
  /** The fault's text, for people. */
  title: z.string(),
  /** The status of the answer. */
  status: z.int(),
  /** Which field or thing it was. */
  detail: z.string().optional(),
  /** One of the table of faults. */
  code: z.string(),
  /** What to do next: `never` try this again, `retry` later, `sign_in` again, `upgrade` the client. */
  advice: z.enum(["never", "retry", "sign_in", "upgrade"]),
  /** True: surely not stored, and the same request will be refused again. Else send it again with the same key. */
  final: z.boolean(),
  /** How long to wait. Milliseconds. */
  retry_after: z.int().nonnegative().optional(),
});

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
