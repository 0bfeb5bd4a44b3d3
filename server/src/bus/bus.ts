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
  /** A user is online at this node, as a member of these rooms; or no longer online at this node. */
  | {
      readonly kind: "presence";
      readonly epoch: string;
      readonly node: string;
      readonly user: { readonly id: UserId; readonly name: string };
      readonly online: boolean;
      /** All rooms of the user; empty when no longer online. */
      readonly rooms: readonly RoomId[];
    };

export type Unsubscribe = () => void;

/**
 * Carries committed events and signals to all nodes, including the own one. Delivery is neither guaranteed nor ordered: it
 * may lose, repeat and reorder. The fan-out checks the seq of events and asks the store; lost signals are tolerated.
 */
export interface Bus {
  /** Never throws and never waits. */
  publish(message: Published): void;
  /** Calls the listener for all messages from now on. An error in one listener does not affect the others. */
  subscribe(listener: (message: Published) => void): Unsubscribe;
  /** Never throws and never waits. Listeners of the own node are called before it returns. */
  signal(signal: Signal): void;
  /** Calls the listener for all signals from now on, including the own node's. */
  onSignal(listener: (signal: Signal) => void): Unsubscribe;
  /** Calls the listener when messages may have been lost, so that the fan-out asks the store. */
  onGap(listener: () => void): Unsubscribe;
  close(): Promise<void>;
}
