import { z } from "zod";
import { roomId, uuid } from "./fields.ts";
import { LIMITS } from "./limits.ts";
import { name, text } from "./text.ts";

/** Text of a message: something to read, within the limit. */
const messageText = text(LIMITS.text).refine((value) => value.trim().length > 0, { error: "is blank" });
const mentions = z.array(uuid).max(LIMITS.mentions).optional();
/** Not in this version of the wire: refused rather than dropped, so that nobody believes it was kept. */
const reserved = z.undefined({ error: "is reserved for a later version" }).optional();

/**
 * What a client can ask for, by kind. `nonce` makes it happen once however often it is sent; `room` names the room whose
 * feed it appends to. Unknown fields are dropped, unknown kinds get `unknown_kind`.
 */
export const commands = {
  /** A new public or private room with an id of the client's making; the creator owns it. */
  create_room: z.object({
    kind: z.literal("create_room"),
    room: uuid,
    room_kind: z.enum(["public", "private"]),
    name: name(LIMITS.room_name),
    topic: text(LIMITS.topic).optional(),
    /** Who is in it from the start, besides the creator. */
    members: z.array(uuid).max(LIMITS.first_members).optional(),
  }),
  /** The direct room of the sender and `user`; `unchanged` when it exists. `room` is `directRoomId` of the two. */
  create_direct: z.object({ kind: z.literal("create_direct"), room: roomId, user: uuid }),
  join_room: z.object({ kind: z.literal("join_room"), room: roomId }),
  leave_room: z.object({ kind: z.literal("leave_room"), room: roomId }),
  /** Makes `user` a member. The way into a private room. */
  invite_member: z.object({ kind: z.literal("invite_member"), room: roomId, user: uuid }),
  send_message: z.object({
    kind: z.literal("send_message"),
    room: roomId,
    text: messageText,
    /** Ids of users, because names may hold spaces and change. */
    mentions,
    /** The message this one answers: its event id, or the nonce of an own one. */
    reply_to: uuid.optional(),
    thread: reserved,
    attachments: reserved,
  }),
  edit_message: z.object({
    kind: z.literal("edit_message"),
    room: roomId,
    message: uuid,
    text: messageText,
    mentions,
  }),
  delete_message: z.object({ kind: z.literal("delete_message"), room: roomId, message: uuid }),
} as const;

export type CommandKind = keyof typeof commands;
export type CommandOf<K extends CommandKind> = z.infer<(typeof commands)[K]>;
/** A command's fields as the client sends them, without nonce and request id. */
export type CommandBody = { [K in CommandKind]: CommandOf<K> }[CommandKind];
