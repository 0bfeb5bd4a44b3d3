import type { FeedId, Nonce, Placed, RoomId, UserId } from "@parley/protocol";

/** An event as its row says, with what the checker reads of its body. */
export type StoredEvent = {
  readonly feed: FeedId;
  readonly seq: number;
  readonly id: string;
  readonly kind: string;
  readonly actor: UserId;
  readonly nonce: Nonce;
  /** Milliseconds UTC, by the server. */
  readonly at: number;
  /** Of messages and edits; empty when redacted. */
  readonly text: string;
  /** Whose membership it is about, for membership events. */
  readonly user: UserId | null;
  /** The message that an edit, a deletion or a reaction is about. */
  readonly message: string | null;
  /** Of reactions. */
  readonly emoji?: string;
  /** Of memberships. */
  readonly role?: string;
  /** In private feeds: the room that it is about, and the place in it. */
  readonly about?: { readonly room: RoomId; readonly seq: number };
};

/** What the tables of a store say, read by SQL past all of the server's code. */
export type StoreDump = {
  readonly epoch: string;
  readonly feeds: readonly { readonly feed: FeedId; readonly floor: number; readonly last: number }[];
  /** What lies above the floors. */
  readonly events: readonly StoredEvent[];
  /** `read`: how far the member has read. */
  readonly members: readonly {
    readonly room: RoomId;
    readonly user: UserId;
    readonly role?: string;
    readonly read?: number;
  }[];
  /** The counts that the table of rooms keeps; rooms that were deleted have none. */
  readonly rooms?: readonly { readonly room: RoomId; readonly owners: number; readonly members: number }[];
  readonly reactions?: readonly {
    readonly room: RoomId;
    /** The message's. */
    readonly seq: number;
    readonly emoji: string;
    readonly user: UserId;
  }[];
  readonly nonces: readonly {
    readonly author: UserId;
    readonly nonce: Nonce;
    readonly placed: readonly Placed[];
  }[];
};
