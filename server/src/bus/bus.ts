import type { FeedId, RoomId, UserId, WireEvent } from "@parley/protocol";

/** Committed events of one feed on their way to every node: ascending and contiguous among themselves. */
export type Published = {
  readonly epoch: string;
  readonly feed: FeedId;
  readonly events: readonly WireEvent[];
};

/** What is never stored and never numbered. Whoever misses one hears the next, or lets it run out. */
export type Signal =
  /** Somebody is writing in a room, or no longer. */
  | {
      readonly kind: "typing";
      readonly epoch: string;
      readonly room: RoomId;
      readonly user: { readonly id: UserId; readonly name: string };
      readonly on: boolean;
    }
  /** A user is here by this node, as a member of these rooms; or no longer by this node. */
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
 * Carries committed events and signals to all nodes, the own one too. At most once, in no promised order: it may lose,
 * repeat and reorder. Whoever needs all events looks at the seq and asks the store (gateway/fanout); signals nobody needs.
 */
export interface Bus {
  /** Never throws and never waits. */
  publish(message: Published): void;
  /** Hears everything that is published from now on. A listener that throws does not keep others from hearing. */
  subscribe(listener: (message: Published) => void): Unsubscribe;
  /** Never throws and never waits. The own node hears it before this returns, whatever became of the others. */
  signal(signal: Signal): void;
  /** Hears signals from now on, the own node's too. */
  onSignal(listener: (signal: Signal) => void): Unsubscribe;
  /** Called whenever messages may have been missed, so that the fan-out looks into the store. */
  onGap(listener: () => void): Unsubscribe;
  close(): Promise<void>;
}
