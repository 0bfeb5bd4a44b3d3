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
    /** Everybody in the room is meant. */
    mentions_room: z.literal(true).optional(),
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
    mentions_room: z.literal(true).optional(),
    redacted: z.literal(true).optional(),
  }),
  message_deleted: z.object({ ...base, kind: z.literal("message_deleted"), message: messageAt }),
  reaction_added: z.object({
    ...base,
    kind: z.literal("reaction_added"),
    message: messageAt,
    emoji: z.string(),
  }),
  reaction_removed: z.object({
    ...base,
    kind: z.literal("reaction_removed"),
    message: messageAt,
    emoji: z.string(),
  }),
  room_renamed: z.object({ ...base, kind: z.literal("room_renamed"), room_name: z.string() }),
  topic_changed: z.object({ ...base, kind: z.literal("topic_changed"), topic: z.string() }),
  room_archived: z.object({ ...base, kind: z.literal("room_archived") }),
  room_unarchived: z.object({ ...base, kind: z.literal("room_unarchived") }),
  /** The last event of its feed: nothing below it is kept, and nobody is in the room any more. */
  room_deleted: z.object({ ...base, kind: z.literal("room_deleted") }),
  role_changed: z.object({
    ...base,
    kind: z.literal("role_changed"),
    user: uuid,
    user_name: z.string(),
    role,
  }),
  /** In a user's private feed: the user became a member; `room_seq` is the event in the room's feed that says so. */
  room_added: z.object({ ...base, kind: z.literal("room_added"), room: roomId, room_seq: seq }),
  /** In a user's private feed: the user is no longer a member. */
  room_removed: z.object({ ...base, kind: z.literal("room_removed"), room: roomId, room_seq: seq }),
  /** In a user's private feed: the user has read the room up to `room_seq`. It only moves forward. */
  room_read: z.object({ ...base, kind: z.literal("room_read"), room: roomId, room_seq: seq }),
} as const;

export const anyEvent = z.discriminatedUnion("kind", [
  events.room_created,
  events.member_joined,
  events.member_left,
  events.message_sent,
  events.message_edited,
  events.message_deleted,
  events.reaction_added,
  events.reaction_removed,
  events.room_renamed,
  events.topic_changed,
  events.room_archived,
  events.room_unarchived,
  events.room_deleted,
  events.role_changed,
  events.room_added,
  events.room_removed,
  events.room_read,
]);

export type EventKind = keyof typeof events;
export type EventOf<K extends EventKind> = z.infer<(typeof events)[K]>;
/** An event of a feed, as stored and as sent. */
export type FeedEvent = { [K in EventKind]: EventOf<K> }[EventKind];
