/**
 * Ids on the wire. All are text; new ones are UUIDv7 (RFC 9562, section 5.7), so that they sort by the time at which they
 * were made.
 */

/** A user's id: UUIDv7. */
export type UserId = string;
/** A room's id: `lobby`, `direct.<user>.<user>`, or a UUIDv7 made by the creator (so that a room can be named offline). */
export type RoomId = string;
/** A feed's id: a room's feed has the room's id; a user's private feed is `user.<user id>`. */
export type FeedId = string;
/** An event's id: UUIDv7, made by the server. */
export type EventId = string;
/** A command's idempotency key: UUIDv7, made by the client before the first send and kept until it is answered. */
export type Nonce = string;
/** A message, named by its event's id or, by its author, by the nonce of the command that sends it. */
export type MessageRef = EventId | Nonce;

/** The room that exists from the first start; every guest is a member. */
export const LOBBY: RoomId = "lobby";

const UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";

/** Any UUID in lower case. The server and the SDK make version 7; others are accepted because only uniqueness matters. */
export const UUID_PATTERN: RegExp = new RegExp(`^${UUID}$`);
export const ROOM_ID_PATTERN: RegExp = new RegExp(`^(?:lobby|${UUID}|direct\\.${UUID}\\.${UUID})$`);
export const FEED_ID_PATTERN: RegExp = new RegExp(
  `^(?:lobby|${UUID}|direct\\.${UUID}\\.${UUID}|user\\.${UUID})$`,
);

/**
 * The id of the one direct room of two users: a function of the pair, whichever of the two asks first.
 *
 * @example
 * const room = client.room(directRoomId(me.id, peer.id));
 */
export function directRoomId(one: UserId, other: UserId): RoomId {
  return one < other ? `direct.${one}.${other}` : `direct.${other}.${one}`;
}

/**
 * Whether this is the id of a direct room.
 *
 * @example
 * const direct = client.rooms.get().filter(({ id }) => isDirectRoomId(id));
 */
export function isDirectRoomId(room: RoomId): boolean {
  return room.startsWith("direct.");
}

/** The two users of a direct room's id, in its order. */
export function directRoomUsers(room: RoomId): [UserId, UserId] {
  const [, one = "", other = ""] = room.split(".");
  return [one, other];
}

/** The private feed of a user. */
export function userFeed(user: UserId): FeedId {
  return `user.${user}`;
}

export function isUserFeed(feed: FeedId): boolean {
  return feed.startsWith("user.");
}

/** The user whose private feed this is. */
export function userOfFeed(feed: FeedId): UserId {
  return feed.slice("user.".length);
}
