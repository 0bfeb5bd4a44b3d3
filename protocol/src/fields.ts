import { z } from "zod";
import { FEED_ID_PATTERN, ROOM_ID_PATTERN, UUID_PATTERN } from "./ids.ts";

/** Schemas of single fields that several frames share. */
export const uuid = z.string().regex(UUID_PATTERN, "is not a UUID in lower case");
export const roomId = z.string().regex(ROOM_ID_PATTERN, "is not a room id");
export const feedId = z.string().regex(FEED_ID_PATTERN, "is not a feed id");
/** A sequence number: 0 means before the first event. */
export const seq = z.int().nonnegative();
/** Milliseconds since 1970, UTC. */
export const time = z.int().nonnegative();
export const role = z.enum(["member", "moderator", "owner"]);
export const roomKind = z.enum(["public", "private", "direct"]);

export type Role = z.infer<typeof role>;
export type RoomKind = z.infer<typeof roomKind>;
