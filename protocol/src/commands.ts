import { z } from "zod";
import { role, roomId, seq, uuid } from "./fields.ts";
import { LIMITS } from "./limits.ts";
import { emoji, name, text } from "./text.ts";

/** Text of a message: something to read, within the limit. */
const messageText = text(LIMITS.text).refine((value) => value.trim().length > 0, { error: "is blank" });
const mentions = z.array(uuid).max(LIMITS.mentions).optional();
/** Everybody in the room is meant. */
const mentions_room = z.boolean().optional();
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
    mentions_room,
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
    mentions_room,
  }),
  delete_message: z.object({ kind: z.literal("delete_message"), room: roomId, message: uuid }),
  /** `unchanged` when the sender has put it there already. */
  add_reaction: z.object({ kind: z.literal("add_reaction"), room: roomId, message: uuid, emoji }),
  remove_reaction: z.object({ kind: z.literal("remove_reaction"), room: roomId, message: uuid, emoji }),
  rename_room: z.object({ kind: z.literal("rename_room"), room: roomId, name: name(LIMITS.room_name) }),
  set_topic: z.object({ kind: z.literal("set_topic"), room: roomId, topic: text(LIMITS.topic) }),
  /** From now on it is read and nothing is added. */
  archive_room: z.object({ kind: z.literal("archive_room"), room: roomId }),
  unarchive_room: z.object({ kind: z.literal("unarchive_room"), room: roomId }),
  /** For ever: the room and all that was said in it. Its name is free at once. */
  delete_room: z.object({ kind: z.literal("delete_room"), room: roomId }),
  remove_member: z.object({ kind: z.literal("remove_member"), room: roomId, user: uuid }),
  change_role: z.object({ kind: z.literal("change_role"), room: roomId, user: uuid, role }),
} as const;

/**
 * What the server performs for a `read` frame, which is no command of a client. It has no nonce of the client's: the
 * position only ever moves forward, so that doing it twice is doing it once.
 */
export const markRead = z.object({ kind: z.literal("mark_read"), room: roomId, seq });

/**
 * A public room that nobody owns, made for somebody who has no account: by the wires of small chat servers, where to name
 * a room is to make it. Only such a room can be closed in the same way.
 */
export const openRoom = z.object({ kind: z.literal("open_room"), room: uuid, name: name(LIMITS.room_name) });
export const closeRoom = z.object({ kind: z.literal("close_room"), room: roomId });

/** The deletion of a message that must not stay, such as one that holds a token. Performed by the server alone. */
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
