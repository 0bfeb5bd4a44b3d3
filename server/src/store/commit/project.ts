import { type EventOf, type FeedEvent, userOfFeed } from "@parley/protocol";
import { idToBytes } from "../base/compact-id.ts";
import type { Appended } from "../base/event-text.ts";
import type { Row, Steps } from "../base/steps.ts";
import { indexText } from "../base/terms.ts";
import type { Allocator } from "./attempt.ts";
import type { OpenFeed } from "./known-feeds.ts";
import { Rows } from "./rows.ts";

/** Appends the events of a batch, and carries them into the tables that hold the current state. */
export function* project(
  feeds: readonly OpenFeed[],
  allocator: Pick<Allocator, "now" | "newRow">,
): Steps<void> {
  const rows = new Rows();
  const now = allocator.now();
  for (const feed of feeds) new FeedProjection(feed, rows).run(now, allocator);
  yield* rows.write();
}

/** The text of a message that changed in a batch, null when there is none any more. */
type Change = { readonly text: string; readonly event: Said } | null;
type Said = EventOf<"message_sent"> | EventOf<"message_edited">;
type AmendedRow = readonly [
  text: string,
  mentions: string,
  editedAt: number | null,
  deleted: number,
  rev: number,
  mentionsRoom: number,
];
type Membership = { readonly role: string; readonly readSeq: number | null } | null;

/**
 * Carries one feed's share of a batch into rows. What happens to one thing several times in a batch is gathered first, so
 * that each row is written once, in its last state.
 */
class FeedProjection {
  readonly #feed: OpenFeed;
  readonly #rows: Rows;
  readonly #members = new Map<string, Membership>();
  readonly #changed = new Map<number, Change>();
  readonly #amended = new Map<number, AmendedRow>();
  readonly #fresh: { readonly row: number; readonly event: EventOf<"message_sent"> }[] = [];
  /** By seq and emoji and user: the seq of the event that added it, null when it was removed. */
  readonly #reactions = new Map<string, { readonly key: Row; readonly added: number | null }>();
  readonly #reactionRevs = new Map<number, number>();
  readonly #reads = new Map<string, number>();
  /** By author: the last message that each sent. */
  readonly #ownReads = new Map<string, number>();
  #count = 0;
  #roomChanged = false;
  #lastMessage: number | null = null;

  constructor(feed: OpenFeed, rows: Rows) {
    this.#feed = feed;
    this.#rows = rows;
  }

  run(now: number, allocator: Pick<Allocator, "newRow">): void {
    const { no, facts, lastAt, events } = this.#feed;
    for (const appended of events) {
      const row = allocator.newRow();
      this.#rows.events.push(eventRow(row, no, appended));
      this.#take(appended.event, row);
    }
    this.#writeRoom();
    this.#writeMembers();
    this.#writeMessages();
    this.#writeReactions();
    for (const [author, seq] of this.#ownReads) this.#rows.ownReads.push([no, author, seq]);
    for (const [room, seq] of this.#reads) this.#rows.reads.push([room, userOfFeed(facts.feed), seq]);
    this.#rows.feeds.push([
      no,
      facts.last - events.length,
      facts.last,
      lastAt,
      now,
      this.#lastMessage,
      facts.version,
    ]);
  }

  #take(event: FeedEvent, row: number): void {
    const { no } = this.#feed;
    const rows = this.#rows;
    switch (event.kind) {
      case "room_created":
        rows.rooms.push([no, event.room_kind, event.room_name, event.topic]);
        return;
      case "room_renamed":
      case "topic_changed":
      case "room_archived":
      case "room_unarchived":
        this.#roomChanged = true;
        return;
      case "room_deleted":
        this.#roomChanged = true;
        rows.floors.push([no, event.seq - 1]);
        rows.purges.push([no, event.seq - 1]);
        return;
      case "member_joined":
        // A new member has read all earlier messages.
        this.#members.set(event.user, { role: event.role, readSeq: event.seq });
        this.#count++;
        return;
      case "member_left":
        this.#members.set(event.user, null);
        this.#count--;
        return;
      case "role_changed":
        this.#members.set(event.user, {
          role: event.role,
          readSeq: this.#members.get(event.user)?.readSeq ?? null,
        });
        return;
      case "message_sent":
        this.#lastMessage = event.seq;
        if (event.walk_in !== true) this.#ownReads.set(event.actor, event.seq);
        this.#fresh.push({ row, event });
        return;
      case "message_edited":
        rows.edits.push([no, event.message.seq, event.seq]);
        this.#amend(event.message.seq, [
          event.text,
          JSON.stringify(event.mentions),
          event.at,
          0,
          event.seq,
          event.mentions_room ? 1 : 0,
        ]);
        this.#changed.set(event.message.seq, { text: event.text, event });
        return;
      case "message_deleted":
        this.#amend(event.message.seq, ["", "[]", null, 1, event.seq, 0]);
        rows.redacted.push([no, event.message.seq]);
        this.#changed.set(event.message.seq, null);
        return;
      case "reaction_added":
      case "reaction_removed":
        this.#takeReaction(event);
        return;
      case "room_read":
        this.#reads.set(event.room, event.room_seq);
        return;
      case "room_added":
      case "room_removed":
        return;
      default:
        event satisfies never;
    }
  }

  /** The last state of a message; a deletion keeps the time of the edit before it. */
  #amend(seq: number, [text, mentions, editedAt, ...rest]: AmendedRow): void {
    const before = this.#amended.get(seq);
    this.#amended.set(seq, [text, mentions, editedAt ?? before?.[2] ?? null, ...rest]);
  }

  #takeReaction(event: EventOf<"reaction_added"> | EventOf<"reaction_removed">): void {
    const { message, emoji, actor, seq } = event;
    this.#reactions.set(`${message.seq} ${emoji} ${actor}`, {
      key: [this.#feed.no, message.seq, emoji, actor],
      added: event.kind === "reaction_added" ? seq : null,
    });
    this.#reactionRevs.set(message.seq, seq);
  }

  #writeRoom(): void {
    const { no, facts } = this.#feed;
    if (!this.#roomChanged || !facts.room) return;
    const { name, topic, state } = facts.room;
    this.#rows.roomsChanged.push([no, name, topic, state]);
  }

  #writeMembers(): void {
    const { no, facts } = this.#feed;
    for (const [user, member] of this.#members) {
      if (member === null) this.#rows.removed.push([no, user]);
      else if (member.readSeq === null) this.#rows.roles.push([no, user, member.role]);
      else this.#rows.added.push([no, user, member.role, member.readSeq]);
    }
    if (this.#members.size > 0) this.#rows.counts.push([no, facts.room?.owners ?? 0, this.#count]);
  }

  #writeMessages(): void {
    const { no } = this.#feed;
    const rows = this.#rows;
    for (const { row, event } of this.#fresh) {
      const last = this.#changed.has(event.seq) ? this.#changed.get(event.seq) : { text: event.text, event };
      this.#changed.delete(event.seq);
      if (!last) {
        // Sent, reacted to and deleted in one batch.
        if (this.#reactionRevs.has(event.seq)) rows.unreactedAll.push([no, event.seq]);
        continue;
      }
      rows.indexed.push([row, indexText(no, last.event.actor, last.text)]);
      this.#writeMentions(event.seq, last.event);
    }
    for (const [seq, row] of this.#amended) rows.amended.push([no, seq, ...row]);
    for (const [seq, last] of this.#changed) {
      rows.unindexed.push([no, seq]);
      rows.unmentioned.push([no, seq]);
      if (last === null) {
        rows.unreactedAll.push([no, seq]);
        continue;
      }
      rows.indexedAgain.push([no, seq, indexText(no, last.event.actor, last.text)]);
      this.#writeMentions(seq, last.event);
    }
  }

  #writeMentions(seq: number, { actor, mentions, mentions_room }: Said): void {
    if (mentions.length === 0 && !mentions_room) return;
    const { no } = this.#feed;
    for (const user of new Set(mentions)) {
      if (user !== actor) this.#rows.mentioned.push([no, user, seq, actor]);
    }
    if (mentions_room) this.#rows.mentioned.push([no, "", seq, actor]);
  }

  #writeReactions(): void {
    const { no } = this.#feed;
    for (const { key, added } of this.#reactions.values()) {
      if (added === null) this.#rows.unreactedOne.push(key);
      else this.#rows.reacted.push([...key, added]);
    }
    for (const [seq, rev] of this.#reactionRevs) this.#rows.reactionRevs.push([no, seq, rev]);
  }
}

function eventRow(row: number, no: number, { event, body, nonce }: Appended): Row {
  const { seq, id, kind, actor, name, at } = event;
  const message = kind === "message_sent";
  // An import brings events that were redacted before.
  const redacted = "redacted" in event && event.redacted === true ? 1 : 0;
  // Most events are messages, and the column before says so: their kind is not written.
  return [
    row,
    no,
    seq,
    message ? 1 : 0,
    idToBytes(id),
    message ? "" : kind,
    actor,
    name,
    at,
    nonce,
    body,
    redacted,
  ];
}
