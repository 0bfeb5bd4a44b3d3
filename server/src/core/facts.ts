import {
  type EventId,
  type EventKind,
  type EventOf,
  type FeedEvent,
  type FeedId,
  type MessageRef,
  type Role,
  type RoomId,
  type RoomKind,
  type UserId,
  userOfFeed,
} from "@parley/protocol";

/** A room is open, read only, or deleted for good. */
export type RoomState = "open" | "archived" | "deleted";
/** What a rule may read about a room. `owners` counts its owners, `members` all of its members. */
export type RoomFact = {
  kind: RoomKind;
  name: string | null;
  topic: string;
  owners: number;
  members: number;
  state: RoomState;
};
/** What a rule may read about a user; it belongs to the user's private feed. */
export type UserFact = { id: UserId; name: string };
/** What a rule may read about a message. */
export type MessageFact = {
  id: EventId;
  seq: number;
  author: UserId;
  deleted: boolean;
  /** Null while no command of the batch needs them. */
  reactions: ReactionFacts | null;
};
/** What a rule may read about a message's reactions: the number of kinds, and for the requested kinds the users who added them. */
export type ReactionFacts = { kinds: number; readonly byEmoji: Map<string, ReactionFact> };
export type ReactionFact = { count: number; readonly users: Map<UserId, boolean> };

/**
 * The facts of one feed whose last event is `last`. Every fact belongs to one feed and changes only by an event of that
 * feed. `version` is the seq of the last event that changed more than messages and reactions (see `changesFacts`): the room,
 * the user, members and reads that were kept from an earlier batch are valid as long as it is the same. Messages and
 * reactions are facts of one batch.
 * In the maps a missing key was not loaded; null was loaded and does not exist.
 */
export type FeedFacts = {
  readonly feed: FeedId;
  last: number;
  version: number;
  room: RoomFact | null;
  user: UserFact | null;
  readonly members: Map<UserId, Role | null>;
  readonly messages: Map<string, MessageFact | null>;
  /** Messages of this batch that are not in `messages` yet: most batches look for none of them. */
  readonly sent: EventOf<"message_sent">[];
  /** In a private feed: how far the user has read a room; null if the user is not a member. */
  readonly reads: Map<RoomId, number | null>;
  /** In a private feed: how the user last left a room; null when that is not among the newest events of the feed. */
  readonly departures: Map<RoomId, Departure | null>;
};

/**
 * How a user last left a room. `inviter` caused the joining before (the user itself, or another one); null: not known.
 * `leftAt` is in milliseconds UTC; null: the user was removed, or is in the room.
 */
export type Departure = { readonly inviter: UserId | null; readonly leftAt: number | null };

/** A message as a command names it: by event id, or by the nonce of an own command. */
export type MessageNeed = {
  readonly ref: MessageRef;
  readonly actor: UserId;
  /** Which of its reactions, and whether the actor put it there. */
  readonly emoji?: string;
};

/** The facts of one feed that a rule needs. Naming the feed locks it. */
export type Need = {
  readonly feed: FeedId;
  /**
   * The feed is read and not locked, after all locks of the batch: its other members may go on. Only for a rule that appends
   * nothing to it and for which what it reads cannot change while its other feeds are locked, or may be a moment old.
   */
  readonly unlocked?: true;
  readonly members?: readonly UserId[];
  readonly messages?: readonly MessageNeed[];
  /** In a private feed: rooms whose read position is needed. */
  readonly reads?: readonly RoomId[];
  /** In a private feed: rooms that the user may have left. */
  readonly departures?: readonly RoomId[];
};

/** The facts of the feeds that a rule named in `needs`. */
export type Facts = { feed(id: FeedId): FeedFacts };

export function emptyFacts(feed: FeedId): FeedFacts {
  return {
    feed,
    last: 0,
    version: 0,
    room: null,
    user: null,
    members: new Map(),
    messages: new Map(),
    sent: [],
    reads: new Map(),
    departures: new Map(),
  };
}

/** Kinds of events that change messages and reactions alone: most of all events, in a room that many write to. */
const MESSAGE_KINDS = [
  "message_sent",
  "message_edited",
  "message_deleted",
  "reaction_added",
  "reaction_removed",
] as const satisfies readonly EventKind[];
const OF_MESSAGES: ReadonlySet<string> = new Set(MESSAGE_KINDS);

/** Whether an event changes facts that are kept from one batch to the next. */
export function changesFacts(kind: EventKind): boolean {
  return !OF_MESSAGES.has(kind);
}

/** The key under which a message is kept by its author's nonce: nonces are unique for one author only. */
export function nonceKey(author: UserId, nonce: string): string {
  return `${author}/${nonce}`;
}

/** The message a command names, null when there is none. */
export function findMessage(facts: FeedFacts, need: MessageNeed): MessageFact | null {
  const messages = knownMessages(facts);
  return messages.get(need.ref) ?? messages.get(nonceKey(need.actor, need.ref)) ?? null;
}

/** The messages of a feed by id and by nonce, those that were sent in this batch included. Each is taken in once. */
function knownMessages({ messages, sent }: FeedFacts): FeedFacts["messages"] {
  for (const { id, seq, actor, nonce } of sent) {
    const reactions = { kinds: 0, byEmoji: new Map() };
    const message: MessageFact = { id, seq, author: actor, deleted: false, reactions };
    messages.set(id, message);
    messages.set(nonceKey(actor, nonce), message);
  }
  sent.length = 0;
  return messages;
}

/**
 * Applies one event to the facts of its feed, in place. Within a batch each rule sees the facts after all earlier decisions.
 *
 * @throws when the event is not the next one, which would be a defect of the store.
 */
export function fold(facts: FeedFacts, event: FeedEvent): void {
  if (event.seq !== facts.last + 1) throw new Error(`${facts.feed}: event ${event.seq} after ${facts.last}`);
  facts.last = event.seq;
  if (changesFacts(event.kind)) facts.version = event.seq;
  switch (event.kind) {
    case "room_created":
      facts.room = {
        kind: event.room_kind,
        name: event.room_name,
        topic: event.topic,
        owners: 0,
        members: 0,
        state: "open",
      };
      return;
    case "room_renamed":
      if (facts.room) facts.room.name = event.room_name;
      return;
    case "topic_changed":
      if (facts.room) facts.room.topic = event.topic;
      return;
    case "room_archived":
      if (facts.room) facts.room.state = "archived";
      return;
    case "room_unarchived":
      if (facts.room) facts.room.state = "open";
      return;
    case "room_deleted":
      if (facts.room) facts.room.state = "deleted";
      return;
    case "member_joined":
      facts.members.set(event.user, event.role);
      if (event.role === "owner" && facts.room) facts.room.owners++;
      if (facts.room) facts.room.members++;
      return;
    case "member_left":
      if (facts.members.get(event.user) === "owner" && facts.room) facts.room.owners--;
      if (facts.room) facts.room.members--;
      facts.members.set(event.user, null);
      return;
    case "role_changed":
      if (facts.room && facts.members.get(event.user) === "owner") facts.room.owners--;
      if (facts.room && event.role === "owner") facts.room.owners++;
      facts.members.set(event.user, event.role);
      return;
    case "message_sent":
      facts.sent.push(event);
      return;
    case "message_deleted": {
      const message = knownMessages(facts).get(event.message.id);
      if (message) message.deleted = true;
      return;
    }
    case "reaction_added":
      foldReaction(facts, event, true);
      return;
    case "reaction_removed":
      foldReaction(facts, event, false);
      return;
    case "room_added":
      // A new member starts with everything before the join read.
      facts.reads.set(event.room, event.room_seq);
      facts.departures.set(event.room, { inviter: event.actor, leftAt: null });
      return;
    case "room_removed": {
      facts.reads.set(event.room, null);
      const before = facts.departures.get(event.room);
      const leftAt = event.actor === userOfFeed(facts.feed) ? event.at : null;
      if (before !== undefined)
        facts.departures.set(event.room, { inviter: before?.inviter ?? null, leftAt });
      return;
    }
    case "room_read":
      facts.reads.set(event.room, event.room_seq);
      return;
    case "message_edited":
      return;
    default:
      event satisfies never;
  }
}

/** The fact of one kind of reaction; a message that is new in the batch has none. */
export function reactionOf(facts: ReactionFacts, emoji: string): ReactionFact {
  let fact = facts.byEmoji.get(emoji);
  if (!fact) {
    fact = { count: 0, users: new Map() };
    facts.byEmoji.set(emoji, fact);
  }
  return fact;
}

function foldReaction(
  facts: FeedFacts,
  event: { actor: UserId; emoji: string; message: { id: EventId } },
  added: boolean,
): void {
  const reactions = knownMessages(facts).get(event.message.id)?.reactions;
  if (!reactions) return;
  const fact = reactionOf(reactions, event.emoji);
  fact.users.set(event.actor, added);
  fact.count += added ? 1 : -1;
  if (added && fact.count === 1) reactions.kinds++;
  if (!added && fact.count === 0) reactions.kinds--;
}
