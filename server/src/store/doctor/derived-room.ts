import type { EventOf, FeedEvent, RoomKind, UserId } from "@parley/protocol";

/** The changes to a message after it was sent. */
type Amended = {
  text: string;
  mentions: readonly string[];
  mentionsRoom: boolean;
  editedAt: number | null;
  deleted: boolean;
  rev: number;
};
type WithText = EventOf<"message_sent"> | EventOf<"message_edited">;

/**
 * The state of a room derived from its log, event by event, and from nothing else. It shares no code with the projection
 * that the server writes: where the two differ, one of them is wrong.
 */
export class DerivedRoom {
  kind: RoomKind | null = null;
  name: string | null = null;
  topic = "";
  state: "open" | "archived" | "deleted" = "open";
  lastMessage = 0;
  readonly roles = new Map<UserId, string>();
  /** By member: the last message sent since the member joined. It is read, so the read position is not below it. */
  readonly lastSent = new Map<UserId, number>();
  readonly amended = new Map<number, Amended>();
  /** Each edit: the seq of the message and its own. */
  readonly edits: (readonly [message: number, seq: number])[] = [];
  /** By seq, emoji and user (see `reactionKey`): the seq of the event that put it there. */
  readonly reactions = new Map<string, number>();
  readonly reactionRevs = new Map<number, number>();
  /** By the seq of the message, while it is not deleted: the mentioned users; the empty id is the whole room. */
  readonly mentions = new Map<number, { readonly author: UserId; readonly users: ReadonlySet<string> }>();
  /** Seqs of messages whose text the log no longer has, and of edits that lost theirs. */
  readonly redacted = new Set<number>();

  /** Applies the next event. Returns what is wrong with it at this position, in words. */
  take(event: FeedEvent): string | null {
    if (this.kind === null && event.kind !== "room_created" && event.kind !== "room_deleted")
      return "comes before the room was created";
    switch (event.kind) {
      case "room_created":
        if (this.kind !== null) return "creates a room that exists";
        this.kind = event.room_kind;
        this.name = event.room_name;
        this.topic = event.topic;
        return null;
      case "room_renamed":
        this.name = event.room_name;
        return null;
      case "topic_changed":
        this.topic = event.topic;
        return null;
      case "room_archived":
        this.state = "archived";
        return null;
      case "room_unarchived":
        this.state = "open";
        return null;
      case "room_deleted":
        this.state = "deleted";
        return null;
      case "member_joined":
        if (this.roles.has(event.user)) return `adds ${event.user}, who is a member`;
        this.roles.set(event.user, event.role);
        return null;
      case "member_left":
        this.lastSent.delete(event.user);
        return this.roles.delete(event.user) ? null : `removes ${event.user}, who is no member`;
      case "role_changed":
        if (!this.roles.has(event.user)) return `changes the role of ${event.user}, who is no member`;
        this.roles.set(event.user, event.role);
        return null;
      case "message_sent":
        this.lastMessage = event.seq;
        if (this.roles.has(event.actor)) this.lastSent.set(event.actor, event.seq);
        this.#setMentions(event.seq, event);
        return null;
      case "message_edited":
        return this.#edited(event);
      case "message_deleted":
        return this.#deleted(event);
      case "reaction_added":
      case "reaction_removed":
        return this.#reacted(event);
      case "room_added":
      case "room_removed":
      case "room_read":
        return "belongs to a private feed";
      default:
        event satisfies never;
        return null;
    }
  }

  /** The number of owners. */
  get owners(): number {
    let owners = 0;
    for (const role of this.roles.values()) if (role === "owner") owners++;
    return owners;
  }

  #setMentions(message: number, event: WithText): void {
    if (event.redacted) this.redacted.add(event.seq);
    const users = new Set(event.mentions.filter((user) => user !== event.actor));
    if (event.mentions_room) users.add("");
    if (users.size > 0) this.mentions.set(message, { author: event.actor, users });
    else this.mentions.delete(message);
  }

  #edited(event: EventOf<"message_edited">): string | null {
    const { seq } = event.message;
    if (this.amended.get(seq)?.deleted) return `edits message ${seq}, which is deleted`;
    this.edits.push([seq, event.seq]);
    this.#setMentions(seq, event);
    this.amended.set(seq, {
      text: event.text,
      mentions: event.mentions,
      mentionsRoom: event.mentions_room === true,
      editedAt: event.at,
      deleted: false,
      rev: event.seq,
    });
    return null;
  }

  #deleted(event: EventOf<"message_deleted">): string | null {
    const { seq } = event.message;
    const before = this.amended.get(seq);
    if (before?.deleted) return `deletes message ${seq}, which is deleted`;
    this.amended.set(seq, {
      text: "",
      mentions: [],
      mentionsRoom: false,
      editedAt: before?.editedAt ?? null,
      deleted: true,
      rev: event.seq,
    });
    this.mentions.delete(seq);
    if (!this.reactionRevs.has(seq)) return null;
    for (const key of this.reactions.keys()) if (key.startsWith(`${seq} `)) this.reactions.delete(key);
    return null;
  }

  #reacted({ kind, seq, actor, emoji, message }: EventOf<"reaction_added"> | EventOf<"reaction_removed">) {
    const key = reactionKey(message.seq, emoji, actor);
    const there = this.reactions.has(key);
    this.reactionRevs.set(message.seq, seq);
    if (kind === "reaction_removed")
      return this.reactions.delete(key) ? null : "removes a reaction that does not exist";
    this.reactions.set(key, seq);
    return there ? "adds a reaction that exists" : null;
  }
}

export function reactionKey(message: number, emoji: string, user: UserId): string {
  return `${message} ${emoji} ${user}`;
}
