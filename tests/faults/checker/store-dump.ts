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
  /** The message an edit or a deletion is about. */
  readonly message: string | null;
};

/** What the tables of a store say, read by SQL past all of the server's code. */
export type StoreDump = {
  readonly epoch: string;
  readonly feeds: readonly { readonly feed: FeedId; readonly floor: number; readonly last: number }[];
  readonly events: readonly StoredEvent[];
  readonly members: readonly { readonly room: RoomId; readonly user: UserId }[];
  readonly nonces: readonly {
    readonly author: UserId;
    readonly nonce: Nonce;
    readonly placed: readonly Placed[];
  }[];
};
