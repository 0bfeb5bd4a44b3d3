import { z } from "zod";
import { role, roomId, roomKind, seq, time, uuid } from "./fields.ts";

/** A reference to a message in the same feed. */
const messageAt = z.object({ id: uuid, seq });
const mentions_room = z.literal(true).optional().describe("Mentions every member of the room.");
const redacted = z
  .literal(true)
  .optional()
  .describe("The message was deleted later and its text removed from the log.");

const base = {
  seq: seq.describe("Its number in its feed: 1, 2, 3 … without a hole."),
  id: uuid,
  actor: uuid.describe("The user who caused the event; `name` is that user's name at the time."),
  name: z.string(),
  at: time.describe("Milliseconds UTC, set by the server, never decreasing in a feed."),
  nonce: uuid.describe("The nonce of the command, by which its author merges the local echo."),
} as const;

/** The events of feeds, by kind. Clients ignore kinds and fields that they do not know. */
export const events = {
  room_created: z
    .object({
      ...base,
      kind: z.literal("room_created"),
      room_kind: roomKind,
      room_name: z
        .string()
        .nullable()
        .describe("Null in a direct room: each client shows the other user's name."),
      topic: z.string(),
    })
    .describe("The room was created. The first event of its feed."),
  member_joined: z
    .object({
      ...base,
      kind: z.literal("member_joined"),
      user: uuid,
      user_name: z.string(),
      role,
    })
    .describe("A user became a member."),
  member_left: z
    .object({ ...base, kind: z.literal("member_left"), user: uuid, user_name: z.string() })
    .describe("A user is no longer a member."),
  message_sent: z
    .object({
      ...base,
      kind: z.literal("message_sent"),
      text: z.string(),
      mentions: z.array(uuid),
      mentions_room,
      reply_to: messageAt.nullable(),
      walk_in: z
        .literal(true)
        .optional()
        .describe(
          "The author is a walk-in: a client without a token, named for as long as its connection lasts.",
        ),
      redacted,
    })
    .describe("A message was sent."),
  message_edited: z
    .object({
      ...base,
      kind: z.literal("message_edited"),
      message: messageAt,
      text: z.string(),
      mentions: z.array(uuid),
      mentions_room,
      redacted,
    })
    .describe("The text of a message was changed."),
  message_deleted: z
    .object({ ...base, kind: z.literal("message_deleted"), message: messageAt })
    .describe("A message was deleted; the events with its text are redacted."),
  reaction_added: z
    .object({
      ...base,
      kind: z.literal("reaction_added"),
      message: messageAt,
      emoji: z.string(),
    })
    .describe("A user added a reaction to a message."),
  reaction_removed: z
    .object({
      ...base,
      kind: z.literal("reaction_removed"),
      message: messageAt,
      emoji: z.string(),
    })
    .describe("A user removed a reaction from a message."),
  room_renamed: z
    .object({ ...base, kind: z.literal("room_renamed"), room_name: z.string() })
    .describe("The name of the room was changed."),
  topic_changed: z
    .object({ ...base, kind: z.literal("topic_changed"), topic: z.string() })
    .describe("The topic of the room was changed."),
  room_archived: z
    .object({ ...base, kind: z.literal("room_archived") })
    .describe("The room was archived: it is read-only."),
  room_unarchived: z
    .object({ ...base, kind: z.literal("room_unarchived") })
    .describe("The room is writable again."),
  room_deleted: z
    .object({ ...base, kind: z.literal("room_deleted") })
    .describe(
      "The last event of its feed: the store keeps nothing below it, and the room has no members any more.",
    ),
  role_changed: z
    .object({
      ...base,
      kind: z.literal("role_changed"),
      user: uuid,
      user_name: z.string(),
      role,
    })
    .describe("The role of a member was changed."),
  room_added: z
    .object({ ...base, kind: z.literal("room_added"), room: roomId, room_seq: seq })
    .describe(
      "In a user's private feed: the user became a member; `room_seq` is the seq of the `member_joined` in the room's feed.",
    ),
  room_removed: z
    .object({ ...base, kind: z.literal("room_removed"), room: roomId, room_seq: seq })
    .describe("In a user's private feed: the user is no longer a member."),
  room_read: z
    .object({ ...base, kind: z.literal("room_read"), room: roomId, room_seq: seq })
    .describe(
      "In a user's private feed: the user has read the room up to `room_seq`. It only moves forward.",
    ),
} as const;

export const anyEvent = z
  .discriminatedUnion("kind", [
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
  ])
  .describe("An event of a feed, by `kind`. Ignore kinds and fields that you do not know.");

/**
 * In place of a run of `member_joined` in an `events` frame, for a client that names it in its hello. It is made for the
 * wire and never stored, so it is not in `events`.
 */
export const membersJoined = z
  .object({
    seq: seq.describe("The seq of the last joining of the run."),
    id: base.id.describe("The id of the event at `seq`: the two make a cursor."),
    kind: z.literal("members_joined"),
    from: seq.describe("The seq of the first one: each event from here to `seq` is a `member_joined`."),
    at: time.describe("When the last one joined. Milliseconds UTC."),
  })
  .describe(
    "Users became members of a large room: `seq - from + 1` of them. Sent in place of their events to a client that accepts it.",
  );

/** What an `events` frame holds. */
export const feedItem = z
  .discriminatedUnion("kind", [anyEvent, membersJoined])
  .describe("An event, or `members_joined` in place of several where the client accepts it.");

export type EventKind = keyof typeof events;
export type EventOf<K extends EventKind> = z.infer<(typeof events)[K]>;
/** An event of a feed, as stored and as sent. */
export type FeedEvent = { [K in EventKind]: EventOf<K> }[EventKind];
export type MembersJoined = z.infer<typeof membersJoined>;
/** What an `events` frame holds: an event, or a run of joinings as one item. */
export type FeedItem = FeedEvent | MembersJoined;
