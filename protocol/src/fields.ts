import { z } from "zod";
import { FEED_ID_PATTERN, ROOM_ID_PATTERN, UUID_PATTERN } from "./ids.ts";

/** Schemas of single fields that several frames share. Descriptions go into the API documents. */
export const uuid = z
  .string()
  .regex(UUID_PATTERN, "is not a UUID in lower case")
  .meta({ description: "A UUID in lower case; the server and the SDK make version 7.", format: "uuid" });
export const roomId = z
  .string()
  .regex(ROOM_ID_PATTERN, "is not a room id")
  .meta({
    description: "`lobby`, a UUID, or `direct.` with the ids of two users in their order.",
    examples: ["lobby"],
  });
export const feedId = z
  .string()
  .regex(FEED_ID_PATTERN, "is not a feed id")
  .describe("A room's id, or `user.` with a user's id: the private feed.");
export const seq = z.int().nonnegative().describe("A sequence number: 0 means before the first event.");
export const time = z.int().nonnegative().describe("Milliseconds since 1970, UTC.");
export const role = z
  .enum(["member", "moderator", "owner"])
  .describe("A member's role in a room; it decides which commands the member may send.");
export const roomKind = z
  .enum(["public", "private", "direct"])
  .describe(
    "Any user may join a public room. A private one needs an invitation. A direct one has two users.",
  );

export type Role = z.infer<typeof role>;
export type RoomKind = z.infer<typeof roomKind>;
