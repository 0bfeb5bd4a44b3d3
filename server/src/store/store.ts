import type {
  DirectoryQuery,
  EventId,
  Fault,
  FeedId,
  HitList,
  Member,
  Message,
  Page,
  Placed,
  ReadList,
  ReadState,
  RoomEntry,
  RoomId,
  RoomList,
  RoomStanding,
  SearchQuery,
  UserId,
  Version,
  WireEvent,
} from "@parley/protocol";
import type { Command } from "../core/command.ts";

/** The reader: a user, whose access is checked in the snapshot of the read, or the node itself for its own repairs. */
export type Reader = { readonly user: UserId } | "node";

/** The time that reads took of a thread. Milliseconds; the store adds to it. */
export type ReadMeter = { ms: number };

/** The answer to one command. An empty `placed` means that nothing changed. */
export type Accepted = {
  readonly placed: readonly Placed[];
  /** Milliseconds UTC: when it was stored first, the time of its newest event. */
  readonly at: number;
  /** The nonce was answered before; this is the same answer. */
  readonly duplicate: boolean;
};
export type Verdict = Accepted | Fault;

/** The result of a batch: a verdict for each command in order, and the new events of each feed, ascending. */
export type Committed = {
  readonly verdicts: readonly Verdict[];
  readonly feeds: readonly { readonly feed: FeedId; readonly events: readonly WireEvent[] }[];
};

export type User = { readonly id: UserId; readonly name: string };

/** A public room as legacy protocols list it. `created_at` is in milliseconds UTC. */
export type PublicRoom = { readonly id: RoomId; readonly name: string; readonly created_at: number };

/** A page of users, by name; `next` is the cursor of the next page. */
export type UserPage = { readonly users: readonly User[]; readonly next: string | null };

/** A guest who signs in. The store keeps only `token_hash` of the token; `id` is used if the guest is new. */
export type SignIn = {
  readonly token_hash: string;
  readonly name: string | null;
  readonly id: UserId;
  readonly at: number;
};

/** The last event of a feed. `id` is null where the store holds no such event, or where looking it up would cost a read. */
export type Head = { readonly seq: number; readonly id: EventId | null };

/** A feed of a user, with what a list shows of its room (null for the private feed). */
export type FeedEntry = {
  readonly feed: FeedId;
  readonly head: number;
  /** The id of the event at `head`; null when the store does not hold it. */
  readonly head_id: EventId | null;
  readonly floor: number;
  readonly room: RoomEntry | null;
  /** How far the user has read the room, and the counts above that, as of `head`. Absent for the private feed. */
  readonly read?: ReadState;
};

/** The cursor of a client. */
export type Position = { readonly feed: FeedId; readonly seq: number; readonly id: EventId };

/** What changed since a cursor, by the store's own order of commits; no clock is compared. */
export type Changes = {
  /** All feeds with events that were committed after the cursor was returned; some may be older. */
  readonly feeds: ReadonlyMap<FeedId, Head>;
  /** For the next call: an opaque text. */
  readonly cursor: string;
  /** False: feeds may be missing, because the store no longer knows the cursor. Compare the heads of all. */
  readonly whole: boolean;
};

/** A user's access to a feed, all of one snapshot. */
export type FeedAccess = {
  readonly feed: FeedId;
  /** False: not the user's feed, or there is none. Then head and floor are 0. */
  readonly entitled: boolean;
  readonly head: number;
  /** The id of the event at `head`; null when the store does not hold it. */
  readonly head_id: EventId | null;
  readonly floor: number;
  /** The id of the event at the requested seq; null when the store does not hold it. */
  readonly id_at_seq: EventId | null;
  readonly room: RoomEntry | null;
};

/**
 * Which page of a room's history: the messages next below `before`, next above `after`, or on both sides of `around`
 * (which belongs to the page); without any, the newest. At most one of the three. `limit` is 1 to LIMITS.page.
 */
export type Where = {
  readonly before?: number;
  readonly after?: number;
  readonly around?: number;
  readonly limit: number;
  /** Only messages that are not deleted. Deleted ones cost such a page nothing. */
  readonly live?: true;
};

/**
 * The storage of everything that was acknowledged. The promises here hold on every engine; contract/store.contract.ts checks them.
 *
 * Durability: the results of `commit` and `signIn` are on disk (fsync) before the promise settles. A fault of a single
 * command never affects another one of its batch. After an I/O error of fsync the process ends, because the content of the
 * disk is unknown. A full disk gives the fault `storage` and reads go on.
 *
 * Order: in a feed seq runs 1, 2, 3 … without a hole; calls of `commit` take effect in the order of the calls.
 */
export interface Store {
  /** The lineage of this store: new at its creation and at every restore. */
  readonly epoch: string;

  /**
   * Locks the feeds, answers duplicates, loads facts, decides, appends with the next seq, projects and indexes: all of it or
   * nothing, with one fsync for the batch. A batch that fails as a whole is repeated command by command; a command that fails
   * alone gets `internal`, and later commands of the same actor to the same room in that batch get `held`.
   */
  commit(commands: readonly Command[]): Promise<Committed>;

  /** Finds or creates guests. Idempotent: the same token and name is the same guest. Faults: name_taken, name_differs, name_needed. */
  signIn(requests: readonly SignIn[]): Promise<readonly (User | Fault)[]>;
  /** Whether a user has this name, or one that looks like it. */
  nameHeld(name: string): Promise<boolean>;
  /** The public room that has this name. */
  roomNamed(name: string): Promise<RoomId | null>;
  /** The generation of the newest session of a device whose commands the store has seen; 0 without one (`SenderSession`). */
  generationOf(user: UserId, device: string): Promise<number>;
  /** The user that a token belongs to. */
  userByToken(tokenHash: string): Promise<User | null>;

  /**
   * Resume and gap repair: events above `seq`, contiguous and ascending, at most `limit` and LIMITS.replay_bytes (one large
   * event may exceed it); access is checked in the same snapshot. Fewer than `limit` does not mean the end: only an empty
   * answer does.
   */
  after(feed: FeedId, seq: number, limit: number, reader: Reader): Promise<readonly WireEvent[] | Fault>;
  /**
   * History: current messages, oldest first, for readers that may preview the room. A page has at most 256 KB of them, one
   * large message may exceed it; `has_before` and `has_after` say whether there is more.
   */
  page(room: RoomId, where: Where, reader: Reader, meter?: ReadMeter): Promise<Page | Fault>;
  /** The last event of each feed that exists. */
  heads(feeds: readonly FeedId[]): Promise<ReadonlyMap<FeedId, Head>>;
  /** The feeds with events since the call that returned this cursor; null for a first cursor. */
  changes(cursor: string | null): Promise<Changes>;
  /** The access to each feed, from one snapshot and in the order of `positions`. A position may have no seq (0 and ""). */
  feedAccess(user: UserId, positions: readonly Position[]): Promise<readonly FeedAccess[]>;

  /** The user's private feed and the rooms the user is in, in order of their ids. */
  feedsOf(user: UserId): Promise<readonly FeedEntry[]>;
  room(room: RoomId, user: UserId): Promise<RoomEntry | Fault>;
  /** The same with the head of its feed and, for a member, how far the member has read. */
  standing(room: RoomId, user: UserId): Promise<RoomStanding | Fault>;
  /** One current message, for readers that may preview the room. Faults: no_such_room, no_such_message. */
  message(room: RoomId, message: EventId, reader: Reader, meter?: ReadMeter): Promise<Message | Fault>;
  /** The last texts that a message had, oldest first, as many as fit into 256 KB. Faults: no_such_room, no_such_message, message_deleted. */
  history(
    room: RoomId,
    message: EventId,
    reader: Reader,
    meter?: ReadMeter,
  ): Promise<readonly Version[] | Fault>;
  /** How far each member has read; empty in rooms of more than LIMITS.receipts members. Faults: no_such_room, not_a_member. */
  reads(room: RoomId, reader: Reader): Promise<ReadList["reads"] | Fault>;
  /** By role, then name, for readers that may preview the room. */
  members(room: RoomId, reader: Reader, meter?: ReadMeter): Promise<readonly Member[] | Fault>;

  /**
   * Messages that hold all words, newest first, from the reader's rooms, or from one room that the reader may preview (else
   * no_such_room). search-query.ts defines a word. Membership is checked in the snapshot of the read. From `after` on, and
   * before `before`. Newest means stored last; the messages of one batch come room by room.
   *
   * A page may hold fewer hits than `limit`, or none, and still have a `next`: it ends at 256 KB and after a bounded amount of
   * work, and the next page continues there. A cursor is a position in the order of all messages.
   *
   * Like pages, single messages and the lists below, it runs in a queue of its own and never delays a commit. With too many
   * waiting reads it answers rate_limited; an error in the store answers internal.
   */
  search(query: SearchQuery, reader: Reader, meter?: ReadMeter): Promise<HitList | Fault>;
  /** Rooms whose name holds `query`, by name: the user's and the public ones, or with `mine` the user's alone. Fault: invalid. */
  directory(
    query: DirectoryQuery & { readonly mine?: boolean },
    user: UserId,
    meter?: ReadMeter,
  ): Promise<RoomList | Fault>;
  /** Users whose name holds `query`, by name. Fault: invalid. */
  users(query: DirectoryQuery, meter?: ReadMeter): Promise<UserPage | Fault>;
  /** All public rooms, in the order of their creation. */
  publicRooms(meter?: ReadMeter): Promise<readonly PublicRoom[] | Fault>;
  user(id: UserId): Promise<User | Fault>;

  /**
   * Whether the store answers where it writes: the epoch, read by a statement on a connection that commits. Rejects when it
   * cannot be read, and when the store is closed.
   */
  ping(): Promise<string>;

  /** Waits for running calls, then closes the files. */
  close(): Promise<void>;
}
