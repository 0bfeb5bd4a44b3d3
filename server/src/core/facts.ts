import type { EventId, FeedEvent, FeedId, MessageRef, Role, RoomKind, UserId } from "@parley/protocol";

/** What a rule may know of a room. `owners` counts its owners. */
export type RoomFact = { kind: RoomKind; name: string | null; topic: string; owners: number };
/** What a rule may know of a user; it belongs to the user's private feed. */
export type UserFact = { id: UserId; name: string };
/** What a rule may know of a message. */
export type MessageFact = { id: EventId; seq: number; author: UserId; deleted: boolean };

/**
 * What is known of one feed when it stands at `last`. Every fact belongs to one feed and changes only by an event of that
 * feed, so (feed, last) is its version: facts kept from an earlier batch are right as long as `last` is the same.
 * In the maps a missing key was not asked for; null was asked for and is not there.
 */
export type FeedFacts = {
  readonly feed: FeedId;
  last: number;
  room: RoomFact | null;
  user: UserFact | null;
  readonly members: Map<UserId, Role | null>;
  readonly messages: Map<string, MessageFact | null>;
};

/** A message as a command names it: by event id, or by the nonce of an own command. */
export type MessageNeed = { readonly ref: MessageRef; readonly actor: UserId };

/** What a rule needs to know of one feed. Naming the feed locks it. */
export type Need = {
  readonly feed: FeedId;
  readonly members?: readonly UserId[];
  readonly messages?: readonly MessageNeed[];
};

/** The facts of the feeds that a rule named in `needs`. */
export type Facts = { feed(id: FeedId): FeedFacts };

export function emptyFacts(feed: FeedId): FeedFacts {
  return { feed, last: 0, room: null, user: null, members: new Map(), messages: new Map() };
}

/** The key under which a message is kept by its author's nonce: nonces are unique for one author only. */
export function nonceKey(author: UserId, nonce: string): string {
  return `${author}/${nonce}`;
}

/** The message a command names, null when there is none. */
export function findMessage(facts: FeedFacts, need: MessageNeed): MessageFact | null {
  return facts.messages.get(need.ref) ?? facts.messages.get(nonceKey(need.actor, need.ref)) ?? null;
}

/**
 * Takes one event into the facts of its feed, in place. Within a batch each rule sees the facts folded with all that was
 * decided before it. Throws when the event is not the next one: that would be a defect of the store.
 */
export function fold(facts: FeedFacts, event: FeedEvent): void {
  if (event.seq !== facts.last + 1) throw new Error(`${facts.feed}: event ${event.seq} after ${facts.last}`);
  facts.last = event.seq;
  switch (event.kind) {
    case "room_created":
      facts.room = { kind: event.room_kind, name: event.room_name, topic: event.topic, owners: 0 };
      return;
    case "member_joined":
      facts.members.set(event.user, event.role);
      if (event.role === "owner" && facts.room) facts.room.owners++;
      return;
    case "member_left":
      if (facts.members.get(event.user) === "owner" && facts.room) facts.room.owners--;
      facts.members.set(event.user, null);
      return;
    case "message_sent": {
      const message = { id: event.id, seq: event.seq, author: event.actor, deleted: false };
      facts.messages.set(event.id, message);
      facts.messages.set(nonceKey(event.actor, event.nonce), message);
      return;
    }
    case "message_deleted": {
      const message = facts.messages.get(event.message.id);
      if (message) message.deleted = true;
      return;
    }
    case "message_edited":
    case "room_added":
    case "room_removed":
      return;
    default:
      event satisfies never;
  }
}
