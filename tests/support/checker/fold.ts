import type { RoomId, UserId } from "@parley/protocol";
import { groupBy, type ReactionCounts } from "./history.ts";
import type { StoreDump, StoredEvent } from "./store-dump.ts";

/** A message as its room's log has left it. */
export type FoldedMessage = {
  readonly id: string;
  readonly seq: number;
  readonly author: UserId;
  text: string;
  edited: boolean;
  deleted: boolean;
  /** The users of each reaction. */
  readonly reactions: Map<string, Set<UserId>>;
};

/** A room as its log has left it. */
export type FoldedRoom = {
  readonly messages: ReadonlyMap<string, FoldedMessage>;
  /** `since`: the event that brought them in, the last time. */
  readonly members: ReadonlyMap<UserId, { readonly role: string; readonly since: number }>;
};

/** Every room that was not deleted, from its events alone and with none of the server's code. */
export function foldRooms(store: StoreDump): Map<RoomId, FoldedRoom> {
  const whole = new Set(store.feeds.filter(({ floor }) => floor === 0).map(({ feed }) => feed));
  const rooms = store.events.filter(({ feed }) => whole.has(feed) && !feed.startsWith("user."));
  return new Map(
    [...groupBy(rooms, ({ feed }) => feed)].map(([feed, events]) => [
      feed,
      foldEvents(events.toSorted((a, b) => a.seq - b.seq)),
    ]),
  );
}

function foldEvents(events: readonly StoredEvent[]): FoldedRoom {
  const messages = new Map<string, FoldedMessage>();
  const members = new Map<UserId, { role: string; since: number }>();
  for (const { kind, id, seq, actor, text, user, role = "", emoji = "", message: about } of events) {
    const message = messages.get(about ?? "");
    if (kind === "message_sent") {
      const fresh = { id, seq, author: actor, text, edited: false, deleted: false };
      messages.set(id, { ...fresh, reactions: new Map() });
    } else if (kind === "message_edited" && message) {
      message.text = text;
      message.edited = true;
    } else if (kind === "message_deleted" && message) {
      message.text = "";
      message.deleted = true;
      message.reactions.clear();
    } else if (kind === "reaction_added" && message) {
      const people = message.reactions.get(emoji) ?? new Set();
      message.reactions.set(emoji, people.add(actor));
    } else if (kind === "reaction_removed" && message) {
      message.reactions.get(emoji)?.delete(actor);
    } else if (kind === "member_joined" && user) members.set(user, { role, since: seq });
    else if (kind === "member_left" && user) members.delete(user);
    else if (kind === "role_changed" && user)
      members.set(user, { role, since: members.get(user)?.since ?? 0 });
  }
  return { messages, members };
}

/**
 * How many owners and members a room has by its events, which are in their order. `lostAt`: the event after which a room that
 * had an owner had none, null if there is none.
 */
export function ownersOf(events: readonly StoredEvent[]): {
  readonly owners: number;
  readonly members: number;
  readonly lostAt: number | null;
} {
  const roles = new Map<UserId, string>();
  let owners = 0;
  let lostAt: number | null = null;
  for (const { kind, seq, user, role = "" } of events) {
    if (!user) continue;
    if (kind === "member_joined" || kind === "role_changed") roles.set(user, role);
    else if (kind === "member_left") roles.delete(user);
    else continue;
    const before = owners;
    owners = [...roles.values()].filter((one) => one === "owner").length;
    if (before > 0 && owners === 0) lostAt ??= seq;
  }
  return { owners, members: roles.size, lostAt };
}

/** Each emoji with the number of people. */
export function countsOf({ reactions }: FoldedMessage): ReactionCounts {
  return Object.fromEntries([...reactions].flatMap(([emoji, { size }]) => (size > 0 ? [[emoji, size]] : [])));
}

/** How far each member has read: key `room user`. A position is in the private feed of the reader; joining sets one, too. */
export function foldReads(store: StoreDump, rooms: ReadonlyMap<RoomId, FoldedRoom>): Map<string, number> {
  const reads = new Map<string, number>();
  const raise = (key: string, seq: number) => reads.set(key, Math.max(seq, reads.get(key) ?? 0));
  for (const [room, { members }] of rooms)
    for (const [user, { since }] of members) raise(`${room} ${user}`, since);
  for (const { kind, actor, about } of store.events) {
    if (kind === "room_read" && about && rooms.get(about.room)?.members.has(actor))
      raise(`${about.room} ${actor}`, about.seq);
  }
  // Sending is reading: an author's position is not below the author's last message.
  for (const [room, { messages, members }] of rooms)
    for (const { author, seq } of messages.values()) if (members.has(author)) raise(`${room} ${author}`, seq);
  return reads;
}
