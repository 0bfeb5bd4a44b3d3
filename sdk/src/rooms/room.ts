import type {
  EventId,
  Guest,
  Member,
  MessageRef,
  Nonce,
  ReadList,
  Role,
  RoomId,
  RoomStanding,
  UserId,
  Version,
} from "@parley/protocol";
import type { Observable } from "../base/observable.ts";
import type { Failure } from "../outbox/outbox.ts";
import type { PresenceView } from "../signals/signals.ts";
import type { TimelineItem } from "../timeline/item.ts";
import type { Notice } from "../timeline/notice.ts";

/** Why a room is no longer the user's. `lost`: it happened without a connection, and the reason is not known. */
export type Gone = { readonly why: "deleted" | "removed" | "left" | "lost"; readonly by: Guest | null };

/** A text that a person wrote and the server did not take. */
export type FailedEdit = {
  readonly nonce: Nonce;
  readonly message: MessageRef;
  readonly text: string;
  readonly failure: Failure;
};

export type TimelineView = {
  /** `failed`: the newest page could not be loaded; it is tried again with the next connection, or with `open`. */
  readonly state: "unopened" | "loading" | "ready" | "failed";
  readonly error?: string;
  /** Ascending by seq, then own unacknowledged ones in order of sending. */
  readonly items: readonly TimelineItem[];
  /** Ascending by seq: those between the first and the last item that came while this client listened. */
  /** Own edits that were refused after a reload, oldest first: `retry` and `discard` take their nonces. */
  readonly failedEdits: readonly FailedEdit[];
  readonly notices: readonly Notice[];
  /** There is older history to load. */
  readonly hasBefore: boolean;
  readonly loadingBefore: boolean;
  /** A piece of history is shown that does not reach the newest message: `loadAfter`, or `returnToLive`. */
  readonly hasAfter: boolean;
  readonly loadingAfter: boolean;
  /** The room was the user's and is no longer; null while it is, and for one that never was. */
  readonly gone: Gone | null;
};

/** Whom a message means. Ids, because names may hold spaces and change. */
export type Mentions = {
  readonly mentions?: readonly UserId[];
  /** Everybody in the room. */
  readonly mentionsRoom?: boolean;
};

/** One room: its timeline and what can be done in it. Promises reject with ParleyError. */
export interface Room {
  readonly id: RoomId;
  readonly timeline: Observable<TimelineView>;
  /** Who is here. Null as long as it is not known: not watched, or no connection. */
  readonly presence: Observable<PresenceView | null>;
  /** Who is writing, without oneself. Empty when it is not known. */
  readonly typing: Observable<readonly Guest[]>;
  /** How far others have read, by user. Null when it is not known, and in rooms above LIMITS.receipts members. */
  readonly receipts: Observable<ReadonlyMap<UserId, number> | null>;

  /** Loads the newest page and stays live. Calling it again does nothing, or tries again what failed. */
  open(): void;
  /** Loads the page before the first message shown. */
  loadBefore(): Promise<void>;
  /** Loads the page after the last message shown, where `hasAfter`. */
  loadAfter(): Promise<void>;
  /** Shows the history around this seq, from the copy where it has it. */
  jumpTo(seq: number): Promise<void>;
  /** Shows the newest messages again. */
  returnToLive(): void;
  /** A message that is known here, shown or not: of the timeline, or loaded by `loadQuote`. */
  find(message: MessageRef): TimelineItem | null;
  /** Loads a message that another one answers; `find` has it then, and keeps it current. Null when it is not there. */
  loadQuote(message: { readonly id: EventId; readonly seq: number }): Promise<TimelineItem | null>;

  /** Puts a message into the outbox. Never throws: what cannot be sent is in the timeline as failed. */
  send(text: string, options?: Mentions & { readonly replyTo?: MessageRef }): void;
  /** Shown at once, and as it was again if it is refused. */
  edit(message: MessageRef, text: string, options?: Mentions): Promise<void>;
  /** Deletes a message. */
  remove(message: MessageRef): Promise<void>;
  /** Shown at once, and taken back if it is refused. */
  react(message: MessageRef, emoji: string): Promise<void>;
  unreact(message: MessageRef, emoji: string): Promise<void>;
  /** Sends a failed message again, at the end. */
  retry(nonce: Nonce): void;
  /** Gives up a failed message. */
  discard(nonce: Nonce): void;

  /** The room was read up to `seq`, or up to its newest event. Only moves forward; shown at once, sent now and then. */
  markRead(seq?: number): void;
  /** The user types a message: call it for each keystroke. */
  noteTyping(): void;

  join(): Promise<void>;
  leave(): Promise<void>;
  invite(user: UserId): Promise<void>;
  removeMember(user: UserId): Promise<void>;
  changeRole(user: UserId, role: Role): Promise<void>;
  rename(name: string): Promise<void>;
  setTopic(topic: string): Promise<void>;
  archive(): Promise<void>;
  unarchive(): Promise<void>;
  /** Deletes the room with all its messages, for ever. */
  destroy(): Promise<void>;

  members(): Promise<readonly Member[]>;
  /** The room as the server sees it now, also from outside. */
  standing(): Promise<RoomStanding>;
  /** How far each member has read, in rooms of up to LIMITS.receipts members. */
  reads(): Promise<ReadList["reads"]>;
  /** The texts that a message had, oldest first; the last is the present one. */
  history(message: EventId): Promise<readonly Version[]>;
}
