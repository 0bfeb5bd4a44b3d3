import type { FeedId, WireEvent } from "@parley/protocol";

/** Committed events of one feed on their way to every node: ascending and contiguous among themselves. */
export type Published = {
  readonly epoch: string;
  readonly feed: FeedId;
  readonly events: readonly WireEvent[];
};

export type Unsubscribe = () => void;

/**
 * Carries committed events to all nodes, the own one too. At most once, in no promised order: it may lose, repeat and
 * reorder. Whoever needs them all looks at the seq and asks the store (gateway/fanout).
 */
export interface Bus {
  /** Never throws and never waits. */
  publish(message: Published): void;
  /** Hears everything that is published from now on. A listener that throws does not keep others from hearing. */
  subscribe(listener: (message: Published) => void): Unsubscribe;
  /** Called whenever messages may have been missed, so that the fan-out looks into the store. */
  onGap(listener: () => void): Unsubscribe;
  close(): Promise<void>;
}
