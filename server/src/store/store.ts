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

/** Who reads: a user, checked in the snapshot that is read, or the node itself for its own repairs. */
export type Reader = { readonly user: UserId } | "node";

/** What reads took of a thread, for whoever counts it. Milliseconds; the store adds to it. */
export type ReadMeter = { ms: number };

/** The answer to one command. An empty `placed` means that nothing changed. */
export type Accepted = {
  readonly placed: readonly Placed[];
  /** Milliseconds UTC: when it was stored first, the time of its newest event. */
  readonly at: number;
  /** The nonce had its answer before; this is the same one. */
  readonly duplicate: boolean;
};
export type Verdict = Accepted | Fault;

/** What a batch came to: a verdict for each command in order, and the new events of each feed, ascending. */
export type Committed = {
  readonly verdicts: readonly Verdict[];
  readonly feeds: readonly { readonly feed: FeedId; readonly events: readonly WireEvent[] }[];
};

export type User = { readonly id: UserId; readonly name: string };

/** A public room as lists of other wires show it. `created_at` is in milliseconds UTC. */
export type PublicRoom = { readonly id: RoomId; readonly name: string; readonly created_at: number };

/** A page of people, by name; `next` is the cursor of the page after it. */
export type UserPage = { readonly users: readonly User[]; readonly next: string | null };

/** A guest who signs in. `token_hash` is what is kept of the token; `id` is used if the guest is new. */
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
  /** How far the user has read the room, and what is above that, as of `head`. Not there for the private feed. */
  readonly read?: ReadState;
};

/** Where a client says it stands. */
export type Position = { readonly feed: FeedId; readonly seq: number; readonly id: EventId };

/** How a user stands to a feed, all of one snapshot. */
export type FeedAccess = {
  readonly feed: FeedId;
  /** False: not the user's feed, or there is none. Then head and floor are 0. */
  readonly entitled: boolean;
  readonly head: number;
  /** The id of the event at `head`; null when the store does not hold it. */
  readonly head_id: EventId | null;
  readonly floor: number;
  /** The id of the event at the seq that was asked for; null when the store does not hold it. */
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
  /** Only messages that are not deleted. What was deleted costs such a page nothing. */
  readonly live?: true;
};

/**
 * Where everything that was acknowledged is. The promises here hold on every engine; contract/store.contract.ts checks them.
 *
 * Durability: what `commit` and `signIn` answer is on disk (fsync) before the promise settles. A fault of a single
 * command never hurts another one of its batch. After an I/O error of fsync the process ends: nobody can know what
 * is on disk. A full disk gives the fault `storage` and reads go on.
 *
 * Order: in a feed seq runs 1, 2, 3 … without a hole; calls of `commit` take effect in the order of the calls.
 */
export interface Store {
  /** The lineage of this store: made at its creation and at every restore. */
  readonly epoch: string;

  /**
   * Lock the feeds, answer duplicates, gather facts, decide, append with the next seq, project, index: all of it or nothing.
   * One fsync for the batch. A batch that fails as a whole is repeated command by command; what fails alone gets
   * `internal`, and later commands of the same actor to the same room in that batch get `held`.
   */
  commit(commands: readonly Command[]): Promise<Committed>;

  /** Finds or makes guests. Idempotent: the same token and name is the same guest. Faults: name_taken, name_differs, name_needed. */
  signIn(requests: readonly SignIn[]): Promise<readonly (User | Fault)[]>;
  /** Whether a user has this name, or one that looks like it. */
  nameHeld(name: string): Promise<boolean>;
  /** The public room that has this name. */
  roomNamed(name: string): Promise<RoomId | null>;
  /** The user that a token belongs to. */
  userByToken(tokenHash: string): Promise<User | null>;

  /**
   * Resume and gap repair: events above `seq`, contiguous and ascending, at most `limit` and LIMITS.replay_bytes (one large
   * event may pass it); entitlement checked in the same snapshot. Fewer than `limit` says nothing of what follows: only an
   * empty answer is the end.
   */
  after(feed: FeedId, seq: number, limit: number, reader: Reader): Promise<readonly WireEvent[] | Fault>;
  /**
   * History: messages as they are now, oldest first. Who may preview the room may read it. A page has at most 256 KB of them,
   * one large message may pass it; `has_before` and `has_after` say whether there is more.
   */
  page(room: RoomId, where: Where, reader: Reader, meter?: ReadMeter): Promise<Page | Fault>;
  /** The last event of each feed that exists. */
  heads(feeds: readonly FeedId[]): Promise<ReadonlyMap<FeedId, Head>>;
  /**
   * Feeds that got events at or after `since` (milliseconds on the store's clock), with their last event. Made for the last
   * minute; further back it may look at every feed, and leaves out the ids.
   */
  stamped(since: number): Promise<ReadonlyMap<FeedId, Head>>;
  /** All of it from one snapshot, in the order asked. A feed may be asked for without a seq (0 and ""). */
  feedAccess(user: UserId, positions: readonly Position[]): Promise<readonly FeedAccess[]>;

  /** The user's private feed and the rooms the user is in, in order of their ids. */
  feedsOf(user: UserId): Promise<readonly FeedEntry[]>;
  room(room: RoomId, user: UserId): Promise<RoomEntry | Fault>;
  /** The same with where its feed stands and, for a member, how far the member has read. */
  standing(room: RoomId, user: UserId): Promise<RoomStanding | Fault>;
  /** One message as it is now. Who may preview the room may read it. Faults: no_such_room, no_such_message. */
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
  /** By role, then name. Who may preview the room may read it. */
  members(room: RoomId, reader: Reader, meter?: ReadMeter): Promise<readonly Member[] | Fault>;

  /**
   * Messages that hold all words, newest first, from the rooms that the reader is in, or from one room that the reader may
   * preview (else no_such_room). search-query.ts says what a word is. Membership is checked in the snapshot that is read.
   * From `after` on, and before `before`. Newest means stored last; what one batch stored stands room by room.
   *
   * A page may hold fewer hits than `limit`, or none, and still have a `next`: it ends at 256 KB and after a share of work, so that no
   * search is long, and the next page goes on where it ended. A cursor is a place in the order of all messages.
   *
   * Like pages, single messages and the reads of lists below, it waits for its turn among the others and never holds up a message. With too many
   * waiting it answers rate_limited; what fails in the store answers internal.
   */
  search(query: SearchQuery, reader: Reader, meter?: ReadMeter): Promise<HitList | Fault>;
  /** Rooms whose name holds `query`, by name: the user's and the public ones, or with `mine` the user's alone. Fault: invalid. */
  directory(
    query: DirectoryQuery & { readonly mine?: boolean },
    user: UserId,
    meter?: ReadMeter,
  ): Promise<RoomList | Fault>;
  /** Everybody whose name holds `query`, by name. Fault: invalid. */
  users(query: DirectoryQuery, meter?: ReadMeter): Promise<UserPage | Fault>;
  /** All public rooms, in the order in which they were made. */
  publicRooms(meter?: ReadMeter): Promise<readonly PublicRoom[] | Fault>;
  user(id: UserId): Promise<User | Fault>;

  /** Waits for what was begun, then lets go of the files. */
  close(): Promise<void>;
}
