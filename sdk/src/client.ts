import type {
  Acknowledgement,
  FeedId,
  FeedItem,
  HitList,
  Nonce,
  RoomId,
  RoomList,
  ServerFrames,
  ServerInfo,
  UserId,
  UserList,
} from "@parley/protocol";
import type { IdMaker } from "./base/ids.ts";
import type { Observable } from "./base/observable.ts";
import type { Platform } from "./base/platform.ts";
import type { DirectoryOptions, PeopleOptions, SearchOptions } from "./base/rest.ts";
import type { ConnectionView } from "./connection/view.ts";
import type { Outbox, OutboxOptions } from "./outbox/outbox.ts";
import type { Room } from "./rooms/room.ts";
import type { RoomSummary } from "./rooms/room-list.ts";

/** Hooks for tests and telemetry. They are called in the order in which things happen, before views change. */
export type Hooks = {
  /**
   * Events were applied: for each feed contiguous and ascending, each once. With `cursors: "keep"` the cursor is stored when
   * this returns, in one transaction with the messages that it sends, and they leave after that. When it throws then, nothing
   * of the transaction is stored and the client stops: the next process gets these events again.
   */
  readonly onApplied?: (feed: FeedId, events: readonly FeedItem[]) => void;
  /** A nonce got its answer: each ack and each fault as it came, repeated ones too. */
  readonly onAnswered?: (nonce: Nonce, answer: Acknowledgement | ServerFrames["fault"]) => void;
  /** Following a feed began at `seq`, first or anew: the next event applied is the one after it. */
  readonly onPlaced?: (feed: FeedId, seq: number) => void;
};

export type ClientOptions = Hooks & {
  /** The server's address, such as location.origin. */
  readonly url: string;
  /** A guest's 256-bit token, made by `newToken()` and kept. */
  readonly token: string;
  /** The name of a new guest; may be left out for a known token. */
  readonly name?: string;
  /** Names this connection among those of the guest: a second one under the same name ends the first. Random if left out. */
  readonly device?: string;
  /**
   * `keep`: the cursors are kept in the storage, so that the next process gets every event since, once and in order. For
   * one process at a time. `memory`, the default: a new process begins at the newest events.
   */
  readonly cursors?: "keep" | "memory";
  /**
   * How joinings in rooms of more than 200 members arrive. `counted`: several in a row as one `members_joined`, without names.
   * `each`: every one as its event. The default is `each` with `cursors: "keep"`, else `counted`.
   */
  readonly joinings?: "counted" | "each";
  /** Replaces parts of the surroundings; `browserPlatform()` gives the rest. */
  readonly platform?: Partial<Platform>;
  /** Replaces the outbox or the making of nonces, for an app that keeps them elsewhere and for tests. */
  readonly outbox?: (options: OutboxOptions) => Outbox;
  readonly nonces?: IdMaker;
};

/** What a client knows at this moment, for tests and bug reports. */
export type Inspection = {
  /** The last seq applied, by feed. */
  readonly cursors: { readonly [feed: FeedId]: number };
  /** Commands without an answer. */
  readonly outbox: number;
  /** Rooms whose read position the server does not have yet. */
  readonly unconfirmedReads: number;
  readonly epoch: string | null;
};

/** Sums over all rooms. Each room counts up to LIMITS.unread. */
export type UnreadTotal = {
  readonly unread: number;
  readonly mentions: number;
  /** Rooms with something unread. */
  readonly rooms: number;
};

export interface Client {
  readonly connection: Observable<ConnectionView>;
  /** The user's rooms: the lobby first, then by title. */
  readonly rooms: Observable<readonly RoomSummary[]>;
  /** What is unread in all rooms together, for a badge. */
  readonly unread: Observable<UnreadTotal>;
  /** The users who are online, as far as the watched rooms show it. Empty while there is no connection. */
  readonly online: Observable<ReadonlySet<UserId>>;
  /** Whether users may be online without being in `online`: the server does not reach the servers that they are connected to. */
  readonly onlineUnknown: Observable<boolean>;
  /** The same object for the same id. */
  room(id: RoomId): Room;
  start(): void;
  stop(): void;
  /**
   * Asks for presence, typing and receipts of these rooms until the returned function is called. Several watches add up;
   * beyond LIMITS.watched rooms the newest watches win. Rooms that are not the user's are watched once they are.
   */
  watch(rooms: readonly RoomId[]): () => void;
  /** Public rooms, and the user's own, by name: a page of them. */
  directory(options?: DirectoryOptions): Promise<RoomList>;
  /** All users, by name: a page of them. */
  users(options?: PeopleOptions): Promise<UserList>;
  /** Messages that hold all words, newest first: a page of them. */
  search(options: SearchOptions): Promise<HitList>;
  /** The server's name, version and limits. */
  server(): Promise<ServerInfo>;
  createRoom(input: NewRoom): Promise<RoomId>;
  /** The direct room with `user`, made if there is none. */
  createDirect(user: UserId): Promise<RoomId>;
  join(room: RoomId): Promise<void>;
  leave(room: RoomId): Promise<void>;
  invite(room: RoomId, user: UserId): Promise<void>;
  /** The user asks for it: connects without a pause, or checks that the connection still lives. */
  reconnectNow(): void;
  inspect(): Inspection;
}

export type NewRoom = {
  readonly name: string;
  readonly kind: "public" | "private";
  readonly topic?: string;
  /** The first members, besides the creator. */
  readonly members?: readonly UserId[];
};
