import type { FeedId, RoomId, UserId, WireEvent } from "@parley/protocol";

/** Committed events of one feed, for every node: ascending and without gaps between them. */
export type Published = {
  readonly epoch: string;
  readonly feed: FeedId;
  readonly events: readonly WireEvent[];
};

/** Neither stored nor numbered. A node that misses a signal receives the next one, or lets the state expire. */
export type Signal =
  /** A user is typing in a room, or has stopped. */
  | {
      readonly kind: "typing";
      readonly epoch: string;
      readonly room: RoomId;
      readonly user: { readonly id: UserId; readonly name: string };
      readonly on: boolean;
    }
  /** A user has read a room up to this seq. */
  | {
      readonly kind: "read";
      readonly epoch: string;
      readonly room: RoomId;
      readonly user: UserId;
      readonly seq: number;
    }
  /** A user is online at this node, as a member of these rooms; or no longer online at this node. */
  | {
      readonly kind: "presence";
      readonly epoch: string;
      readonly node: string;
      readonly user: { readonly id: UserId; readonly name: string };
      readonly online: boolean;
      /** All rooms of the user; empty when no longer online. */
      readonly rooms: readonly RoomId[];
    }
  /** A session of this device began; older ones, by `order`, end. */
  | {
      readonly kind: "session";
      readonly epoch: string;
      readonly node: string;
      readonly user: UserId;
      readonly device: string;
      /** From `SharedState.order`. */
      readonly order: number;
    }
  /** A node asks another one who is online there. It answers with `people` of the same round. */
  | {
      readonly kind: "who";
      readonly epoch: string;
      readonly node: string;
      readonly to: string;
      readonly round: number;
    }
  /** Some of the users who are online at this node; after the last part, all others are not. */
  | {
      readonly kind: "people";
      readonly epoch: string;
      readonly node: string;
      readonly to: string;
      readonly round: number;
      readonly people: readonly {
        readonly id: UserId;
        readonly name: string;
        readonly rooms: readonly RoomId[];
      }[];
      readonly last: boolean;
    };

/**
 * Which nodes hear a signal, at least: those that follow the room, those that follow the user's private feed, one node, or
 * all. A node may hear more than that.
 */
export type Target =
  | { readonly room: RoomId }
  | { readonly user: UserId }
  | { readonly node: string }
  | "all";

/**
 * Messages may have been lost. `hole`: a message of another node is missing; `reconnected`: the connection was replaced;
 * `silent`: this node does not hear what it sends itself; `followed`: the bus listens to a feed only since now.
 */
export type GapReason = "hole" | "reconnected" | "silent" | "followed";
export type Gap = {
  readonly reason: GapReason;
  /** The node whose messages may be lost; null: any. */
  readonly node: string | null;
  /** Whether signals to all nodes, or to this one, may be among the lost ones. */
  readonly signals: boolean;
  /** Whether messages of this feed may be among the lost ones. */
  concerns(feed: FeedId): boolean;
};

/** `alone`: this is the only node. `connected`, `disconnected`: whether messages reach the other nodes now. */
export type BusState = "alone" | "connected" | "disconnected";

/** Counters for the operator. */
export type BusCounts = {
  /** Messages to other nodes, and from them. One message carries all of a shard and a turn of the loop. */
  sent: number;
  received: number;
  /** Messages that could not be handed to the transport. */
  unsent: number;
  /** Messages that could not be read, or were of another epoch. */
  refused: number;
  readonly gaps: { [reason in GapReason]: number };
  /** Connections after the first one. */
  reconnects: number;
};

export type Unsubscribe = () => void;

/**
 * Carries committed events and signals to all nodes, including the own one. Delivery to other nodes is neither guaranteed
 * nor ordered: it may lose, repeat and reorder. The fan-out checks the seq of events and asks the store; lost signals are
 * tolerated. The own node is told by a call, never by the network, and so exactly once.
 */
export interface Bus {
  /** The name of this node among the others: new at every start of a process. */
  readonly node: string;
  readonly counts: BusCounts;
  /** Never throws and never waits. Listeners of the own node are called before it returns. */
  publish(message: Published): void;
  /**
   * Calls the listener for messages from now on: all of the own node, and those of other nodes for the followed feeds (it
   * may hear more). `own`: this node published it. An error in one listener does not affect the others.
   */
  subscribe(listener: (message: Published, own: boolean) => void): Unsubscribe;
  /**
   * From now on this node hears what others publish of the feed. Where that takes time a gap is reported afterwards. Each
   * call needs one `unfollow`.
   */
  follow(feed: FeedId): void;
  unfollow(feed: FeedId): void;
  /** Never throws and never waits. Listeners of the own node are called before it returns. */
  signal(signal: Signal, to: Target): void;
  /** Calls the listener for all signals from now on, including the own node's. */
  onSignal(listener: (signal: Signal) => void): Unsubscribe;
  /** Calls the listener when messages of other nodes may have been lost, so that the fan-out asks the store. */
  onGap(listener: (gap: Gap) => void): Unsubscribe;
  state(): BusState;
  /** Calls the listener when the state has changed. */
  onState(listener: (state: BusState) => void): Unsubscribe;
  /** Calls the listener each time that the live nodes were read: all of them, the own one included. */
  onNodes(listener: (nodes: ReadonlySet<string>) => void): Unsubscribe;
  close(): Promise<void>;
}

export function newBusCounts(): BusCounts {
  const gaps = { hole: 0, reconnected: 0, silent: 0, followed: 0 };
  return { sent: 0, received: 0, unsent: 0, refused: 0, gaps, reconnects: 0 };
}
