import type { EventOf, FeedEvent, RoomKind, UserId } from "@parley/protocol";

/** What became of a message since it was sent. */
type Amended = {
  text: string;
  mentions: readonly string[];
  mentionsRoom: boolean;
  editedAt: number | null;
  deleted: boolean;
  rev: number;
};
type Said = EventOf<"message_sent"> | EventOf<"message_edited">;

/**
 * What a room's log comes to, worked out event by event and from nothing else. It shares no code with the projection that
 * the server writes: two ways to the same figures, and where they differ one of them is wrong.
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
  /** By the seq of the message, while it is not deleted: who is meant; everybody is the empty id. */
  readonly mentions = new Map<number, { readonly author: UserId; readonly users: ReadonlySet<string> }>();
  /** Seqs of messages whose text the log no longer has, and of edits that lost theirs. */
  readonly redacted = new Set<number>();

  /** Takes the next event. Returns what is wrong with it here, in words. */
  take(event: FeedEvent): string | null {
    if (this.kind === null && event.kind !== "room_created" && event.kind !== "room_deleted")
      return "comes before the room was made";
    switch (event.kind) {
      case "room_created":
        if (this.kind !== null) return "makes a room that is there";
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
        if (this.roles.has(event.user)) return `brings in ${event.user}, who is in`;
        this.roles.set(event.user, event.role);
        return null;
      case "member_left":
        this.lastSent.delete(event.user);
        return this.roles.delete(event.user) ? null : `lets go ${event.user}, who is not in`;
      case "role_changed":
        if (!this.roles.has(event.user)) return `changes the role of ${event.user}, who is not in`;
        this.roles.set(event.user, event.role);
        return null;
      case "message_sent":
        this.lastMessage = event.seq;
        if (this.roles.has(event.actor)) this.lastSent.set(event.actor, event.seq);
        this.#said(event.seq, event);
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
        return "belongs into a private feed";
      default:
        event satisfies never;
        return null;
    }
  }

  /** How many owners there are. */
  get owners(): number {
    let owners = 0;
    for (const role of this.roles.values()) if (role === "owner") owners++;
    return owners;
  }

  #said(message: number, event: Said): void {
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
    this.#said(seq, event);
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
      return this.reactions.delete(key) ? null : "takes a reaction that is not there";
    this.reactions.set(key, seq);
    return there ? "puts a reaction that is there" : null;
  }
}

export function reactionKey(message: number, emoji: string, user: UserId): string {
  return `${message} ${emoji} ${user}`;
}
