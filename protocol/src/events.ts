import { z } from "zod";
import { role, roomId, roomKind, seq, time, uuid } from "./fields.ts";

/** A message in a feed, as others refer to it. */
const messageAt = z.object({ id: uuid, seq });

const base = {
  /** Its number in its feed: 1, 2, 3 … without a hole. */
  seq,
  id: uuid,
  /** Who did it, and the name at that time. */
  actor: uuid,
  name: z.string(),
  /** Milliseconds UTC, set by the server, never decreasing in a feed. */
  at: time,
  /** The nonce of the command, by which its author merges the local echo. */
  nonce: uuid,
} as const;

/** What can stand in a feed, by kind. Clients ignore kinds and fields that they do not know. */
export const events = {
  room_created: z.object({
    ...base,
    kind: z.literal("room_created"),
    room_kind: roomKind,
    /** Null in a direct room: each side shows the other's name. */
    room_name: z.string().nullable(),
    topic: z.string(),
  }),
  member_joined: z.object({
    ...base,
    kind: z.literal("member_joined"),
    user: uuid,
    user_name: z.string(),
    role,
  }),
  member_left: z.object({ ...base, kind: z.literal("member_left"), user: uuid, user_name: z.string() }),
  message_sent: z.object({
    ...base,
    kind: z.literal("message_sent"),
    text: z.string(),
    mentions: z.array(uuid),
    reply_to: messageAt.nullable(),
    /** A walk-in: no account, no token, a name for as long as the connection lasts. */
    walk_in: z.literal(true).optional(),
    /** The message was deleted later and its text removed from the log. */
    redacted: z.literal(true).optional(),
  }),
  message_edited: z.object({
    ...base,
    kind: z.literal("message_edited"),
    message: messageAt,
    text: z.string(),
    mentions: z.array(uuid),
    redacted: z.literal(true).optional(),
  }),
  message_deleted: z.object({ ...base, kind: z.literal("message_deleted"), message: messageAt }),
  /** In a user's private feed: the user became a member; `room_seq` is the event in the room's feed that says so. */
  room_added: z.object({ ...base, kind: z.literal("room_added"), room: roomId, room_seq: seq }),
  /** In a user's private feed: the user is no longer a member. */
  room_removed: z.object({ ...base, kind: z.literal("room_removed"), room: roomId, room_seq: seq }),
} as const;

export const anyEvent = z.discriminatedUnion("kind", [
  events.room_created,
  events.member_joined,
  events.member_left,
  events.message_sent,
  events.message_edited,
  events.message_deleted,
  events.room_added,
  events.room_removed,
]);

export type EventKind = keyof typeof events;
export type EventOf<K extends EventKind> = z.infer<(typeof events)[K]>;
/** An event of a feed, as stored and as sent. */
export type FeedEvent = { [K in EventKind]: EventOf<K> }[EventKind];
