import type { FeedEvent, FeedItem, Guest, Message, Reaction, UserId } from "@parley/protocol";

/** How many people a reaction names, as the server does. */
const NAMED = 8;

/** An event that changes a message that was sent before. */
export type MessageChange = Extract<
  FeedEvent,
  { kind: "message_edited" | "message_deleted" | "reaction_added" | "reaction_removed" }
>;

export function isMessageChange(event: FeedItem): event is MessageChange {
  switch (event.kind) {
    case "message_edited":
    case "message_deleted":
    case "reaction_added":
    case "reaction_removed":
      return true;
    default:
      return false;
  }
}

/** A message as its own event has it. */
export function toMessage(event: Extract<FeedEvent, { kind: "message_sent" }>): Message {
  return {
    id: event.id,
    seq: event.seq,
    author: event.actor,
    name: event.name,
    at: event.at,
    text: event.text,
    mentions: event.mentions,
    mentions_room: event.mentions_room === true,
    reactions: [],
    reply_to: event.reply_to,
    edited_at: null,
    // A replay after the deletion: the text is gone from the log already, its own event is still to come.
    deleted: event.redacted === true,
    walk_in: event.walk_in === true,
    nonce: event.nonce,
    rev: event.seq,
  };
}

/** The message after this event; the same one where it knows of the event already (SPEC EV-8). */
export function change(message: Message, event: MessageChange, me: UserId | null): Message {
  if (event.seq <= message.rev) return message;
  const rev = event.seq;
  switch (event.kind) {
    case "message_deleted":
      return { ...message, text: "", mentions: [], mentions_room: false, reactions: [], deleted: true, rev };
    case "message_edited":
      // The text of what was deleted since is gone from the log; the deletion itself is still to come.
      return event.redacted === true
        ? { ...message, text: "", mentions: [], mentions_room: false, reactions: [], deleted: true, rev }
        : {
            ...message,
            text: event.text,
            mentions: event.mentions,
            mentions_room: event.mentions_room === true,
            edited_at: event.at,
            rev,
          };
    case "reaction_added":
    case "reaction_removed": {
      // A replay: the message was deleted later, its text and reactions are gone already.
      if (message.deleted) return { ...message, rev };
      const who = { id: event.actor, name: event.name };
      const has = event.kind === "reaction_added";
      return { ...message, reactions: react(message.reactions, event.emoji, who, has, me), rev };
    }
  }
}

/** The reactions after a user added or removed one. */
export function react(
  reactions: readonly Reaction[],
  emoji: string,
  who: Guest,
  has: boolean,
  me: UserId | null,
): Reaction[] {
  const old = reactions.find((reaction) => reaction.emoji === emoji);
  const named = old?.users ?? [];
  // Once a user is not named, later ones are not named either.
  const joins = has && named.length === (old?.count ?? 0) && named.length < NAMED;
  const changed: Reaction = {
    emoji,
    count: (old?.count ?? 0) + (has ? 1 : -1),
    mine: who.id === me ? has : (old?.mine ?? false),
    users: joins ? [...named, who] : has ? [...named] : named.filter(({ id }) => id !== who.id),
  };
  if (!old) return changed.count > 0 ? [...reactions, changed] : [...reactions];
  return reactions.flatMap((reaction) => {
    if (reaction !== old) return [reaction];
    return changed.count > 0 ? [changed] : [];
  });
}
