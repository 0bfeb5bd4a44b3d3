import { z } from "zod";
import { role, roomId, seq, time, uuid } from "./fields.ts";
import { roomEntry, token } from "./frames.ts";
import { LIMITS } from "./limits.ts";
import { name } from "./text.ts";

/** What the HTTP interface takes and gives. Times are milliseconds UTC; keys are snake_case. */

/** `POST /api/v1/guests`: sign in as a guest. The same name and token again is the same guest. */
export const guestRequest = z.object({ name: name(LIMITS.user_name), token });
export const guest = z.object({ id: uuid, name: z.string() });

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
  messages: z.array(message),
  has_before: z.boolean(),
  has_after: z.boolean(),
});

export const member = z.object({ id: uuid, name: z.string(), role });
export const roomList = z.object({ rooms: z.array(roomEntry) });
export const memberList = z.object({ members: z.array(member) });

export type GuestRequest = z.infer<typeof guestRequest>;
export type Guest = z.infer<typeof guest>;
export type Message = z.infer<typeof message>;
export type Page = z.infer<typeof page>;
export type PageQuery = z.infer<typeof pageQuery>;
export type Member = z.infer<typeof member>;
export type RoomList = z.infer<typeof roomList>;
export type MemberList = z.infer<typeof memberList>;
