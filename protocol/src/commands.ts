import { z } from "zod";
import { role, roomId, seq, uuid } from "./fields.ts";
import { LIMITS } from "./limits.ts";
import { emoji, name, text } from "./text.ts";

/** Text of a message: not blank, within the limit. */
const messageText = text(LIMITS.text)
  .refine((value) => value.trim().length > 0, { error: "is blank" })
  .meta({ minLength: 1 });
const mentions = z
  .array(uuid)
  .max(LIMITS.mentions)
  .optional()
  .describe("Ids of users, because names may hold spaces and change.");
const mentions_room = z.boolean().optional().describe("Mentions every member of the room.");
/** Not in this version of the wire: refused rather than dropped, so that no client takes it for stored. */
const reserved = z.undefined({ error: "is reserved for a later version" }).optional();

/**
 * The commands of a client, by kind. A command takes effect once, however often its `nonce` is sent; `room` names the room
 * to whose feed it appends. Unknown fields are dropped, unknown kinds get `unknown_kind`.
 */
export const commands = {
  create_room: z
    .object({
      kind: z.literal("create_room"),
      room: uuid,
      room_kind: z.enum(["public", "private"]),
      name: name(LIMITS.room_name),
      topic: text(LIMITS.topic).optional(),
      members: z
        .array(uuid)
        .max(LIMITS.first_members)
        .optional()
        .describe("The first members, besides the creator."),
    })
    .describe("Creates a public or private room with an id that the client made; the creator is its owner."),
  create_direct: z
    .object({ kind: z.literal("create_direct"), room: roomId, user: uuid })
    .describe(
      "Creates the direct room of the sender and `user`; `unchanged` when it exists. `room` is `direct.` with the ids of both in ascending order.",
    ),
  join_room: z
    .object({ kind: z.literal("join_room"), room: roomId })
    .describe("Makes the sender a member of a public room."),
  leave_room: z
    .object({ kind: z.literal("leave_room"), room: roomId })
    .describe("Ends the sender's membership."),
  invite_member: z
    .object({ kind: z.literal("invite_member"), room: roomId, user: uuid })
    .describe("Makes `user` a member. The only way into a private room."),
  send_message: z
    .object({
      kind: z.literal("send_message"),
      room: roomId,
      text: messageText,
      mentions,
      mentions_room,
      reply_to: uuid
        .optional()
        .describe(
          "The message that this one answers: its event id, or the nonce of one of the sender's own.",
        ),
      thread: reserved,
      attachments: reserved,
    })
    .describe("Sends a message to the room."),
  edit_message: z
    .object({
      kind: z.literal("edit_message"),
      room: roomId,
      message: uuid,
      text: messageText,
      mentions,
      mentions_room,
    })
    .describe("Replaces the text and the mentions of one of the sender's messages."),
  delete_message: z
    .object({ kind: z.literal("delete_message"), room: roomId, message: uuid })
    .describe("Deletes a message: its text is removed from the log."),
  add_reaction: z
    .object({ kind: z.literal("add_reaction"), room: roomId, message: uuid, emoji })
    .describe("Adds a reaction to a message; `unchanged` when the sender has added it before."),
  remove_reaction: z
    .object({ kind: z.literal("remove_reaction"), room: roomId, message: uuid, emoji })
    .describe("Removes the sender's reaction; `unchanged` when there is none."),
  rename_room: z
    .object({ kind: z.literal("rename_room"), room: roomId, name: name(LIMITS.room_name) })
    .describe("Changes the name of the room."),
  set_topic: z
    .object({ kind: z.literal("set_topic"), room: roomId, topic: text(LIMITS.topic) })
    .describe("Changes the topic of the room."),
  archive_room: z
    .object({ kind: z.literal("archive_room"), room: roomId })
    .describe("Makes the room read-only: nothing can be added (CM-16)."),
  unarchive_room: z
    .object({ kind: z.literal("unarchive_room"), room: roomId })
    .describe("Makes an archived room writable again."),
  delete_room: z
    .object({ kind: z.literal("delete_room"), room: roomId })
    .describe("Deletes the room and its messages for good. Its name is free at once."),
  remove_member: z
    .object({ kind: z.literal("remove_member"), room: roomId, user: uuid })
    .describe("Ends the membership of `user`."),
  change_role: z
    .object({ kind: z.literal("change_role"), room: roomId, user: uuid, role })
    .describe("Changes the role of a member."),
} as const;

/**
 * The server's command for a `read` frame, which clients do not send as a command. It has no nonce of the client: the
 * position only moves forward, so performing it twice has one effect.
 */
export const markRead = z.object({ kind: z.literal("mark_read"), room: roomId, seq });

/**
 * An ownerless public room, created for a walk-in: in the dialects, naming a room creates it. `close_room` deletes only
 * such a room.
 */
export const openRoom = z.object({ kind: z.literal("open_room"), room: uuid, name: name(LIMITS.room_name) });
export const closeRoom = z.object({ kind: z.literal("close_room"), room: roomId });

/** Deletes a message that must not stay, such as one that holds a token. Only the server performs it. */
export const redactMessage = z.object({ kind: z.literal("redact_message"), room: roomId, message: uuid });

type Performed = typeof commands & {
  readonly mark_read: typeof markRead;
  readonly open_room: typeof openRoom;
  readonly close_room: typeof closeRoom;
  readonly redact_message: typeof redactMessage;
};
export type CommandKind = keyof Performed;
export type CommandOf<K extends CommandKind> = z.infer<Performed[K]>;
/** A command's fields as the client sends them, without nonce and request id. */
export type CommandBody = { [K in CommandKind]: CommandOf<K> }[CommandKind];
