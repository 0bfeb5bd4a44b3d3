import type { EventId, Message, Nonce, Reaction, UserId } from "@parley/protocol";
import type { OutboxItem } from "../outbox/outbox.ts";

/** One line of a room's timeline. */
export type TimelineItem = {
  /** Stays the same from pending to sent: an own message's nonce, else the message's id. */
  readonly key: string;
  /** `pending`: in the outbox. `failed`: refused for good; retry or discard it. */
  readonly state: "pending" | "sent" | "failed";
  /** The fault's text, where it failed. */
  readonly error?: string;
  /** A change of one's own that is on its way: an edit is shown already, a deletion not yet. */
  readonly changing: "edit" | "delete" | null;
  readonly id: EventId | null;
  readonly seq: number | null;
  readonly nonce: Nonce;
  readonly author: UserId;
  /** The author's name at that time. */
  readonly name: string;
  /** Milliseconds UTC: the server's time, or this device's for what has none yet. */
  readonly at: number;
  readonly text: string;
  readonly mentions: readonly UserId[];
  /** It mentions all members of the room. */
  readonly mentionsRoom: boolean;
  /** A message of another user that mentions this user. */
  readonly mentionsMe: boolean;
  /** In the order in which they first came. */
  readonly reactions: readonly Reaction[];
  readonly replyTo: { readonly id: EventId; readonly seq: number } | null;
  /** Milliseconds UTC, null when never edited. */
  readonly editedAt: number | null;
  readonly deleted: boolean;
  readonly own: boolean;
  readonly walkIn: boolean;
};

/** This user; null before the first sign-in. */
export type Me = { readonly id: UserId; readonly name: string } | null;

/** Whether a message mentions this user: one of another user, not deleted. */
export function means(
  message: Pick<Message, "author" | "deleted" | "mentions" | "mentions_room">,
  user: UserId,
): boolean {
  if (message.author === user || message.deleted) return false;
  return message.mentions_room === true || message.mentions.includes(user);
}

/** A message as it is shown. */
export function toItem(message: Message, me: Me): TimelineItem {
  const own = message.author === me?.id;
  return {
    key: own ? message.nonce : message.id,
    state: "sent",
    changing: null,
    id: message.id,
    seq: message.seq,
    nonce: message.nonce,
    author: message.author,
    name: message.name,
    at: message.at,
    text: message.text,
    mentions: message.mentions,
    mentionsRoom: message.mentions_room,
    mentionsMe: me !== null && means(message, me.id),
    reactions: message.reactions,
    replyTo: message.reply_to,
    editedAt: message.edited_at,
    deleted: message.deleted,
    own,
    walkIn: message.walk_in,
  };
}

/** A message of one's own that has no place in the log yet. */
export function toEcho(
  { nonce, body, at, failure }: OutboxItem,
  replyTo: TimelineItem["replyTo"],
  me: Me,
): TimelineItem {
  const send = body.kind === "send_message" ? body : null;
  return {
    key: nonce,
    state: failure ? "failed" : "pending",
    ...(failure ? { error: failure.text } : {}),
    changing: null,
    id: null,
    seq: null,
    nonce,
    author: me?.id ?? "",
    name: me?.name ?? "",
    at,
    text: send?.text ?? "",
    mentions: send?.mentions ?? [],
    mentionsRoom: send?.mentions_room === true,
    mentionsMe: false,
    reactions: [],
    replyTo,
    editedAt: null,
    deleted: false,
    own: true,
    walkIn: false,
  };
}
