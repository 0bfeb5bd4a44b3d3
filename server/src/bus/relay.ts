import type { FeedId, WireEvent } from "@parley/protocol";
import {
  type Bus,
  type BusState,
  type Gap,
  type GapReason,
  newBusCounts,
  type Published,
  type Signal,
} from "./bus.ts";
import { Listeners } from "./listeners.ts";

/** What the store process relays between the gateways of one machine. */
export interface Relay {
  /** Whether the store process is connected now. */
  readonly isConnected: boolean;
  /** Sends a signal to one other gateway, or with null to all. False: it was dropped, because the store process does not take it. */
  signal(text: string, to: string | null): boolean;
  /** Calls the listener for the events that other gateways committed, of the feeds that `wants` names. */
  onEvents(
    wants: (feed: FeedId) => boolean,
    listener: (feed: FeedId, events: readonly WireEvent[]) => void,
  ): void;
  onSignal(listener: (text: string) => void): void;
  /** Events may have been missed: by a connection that was replaced, or because this gateway was too slow. */
  onGap(listener: (reason: "reconnected" | "behind") => void): void;
  /** The store process is connected, or no longer. */
  onConnected(listener: (isConnected: boolean) => void): void;
  /** The gateways that are connected, the own one included: now, and each time that one comes or goes. */
  onNodes(listener: (nodes: readonly string[]) => void): void;
}

export type RelayBusParts = {
  readonly relay: Relay;
  readonly epoch: string;
  readonly node: string;
  readonly onError: (error: unknown) => void;
  /** Calls `run` after so many milliseconds, unless the returned function is called before. */
  readonly after: (milliseconds: number, run: () => void) => () => void;
};

/**
 * How long a gateway that is no longer connected counts as live. After a restart of the store process the gateways connect
 * one after the other, and none of them has gone. Milliseconds.
 */
const GONE_AFTER = 5_000;

/**
 * The bus of the gateways of one machine. The store process publishes what it commits to all gateways but the one that
 * sent it, before it answers that one. So `publish` tells the own node only, and a gateway that ends between commit and
 * answer loses nothing for the others.
 */
export function relayBus({ relay, epoch, node, onError, after }: RelayBusParts): Bus {
  const counts = newBusCounts();
  const published = new Listeners<[Published, boolean]>(onError);
  const signals = new Listeners<[Signal]>(onError);
  const gaps = new Listeners<[Gap]>(onError);
  const states = new Listeners<[BusState]>(onError);
  const nodes = new Listeners<[ReadonlySet<string>]>(onError);
  /** How often each feed is followed. */
  const followed = new Map<FeedId, number>();
  /** Live nodes; those that are about to count as gone, with what keeps them. */
  const live = new Map<string, (() => void) | null>();
  const tellNodes = () => nodes.emit(new Set(live.keys()));
  relay.onNodes((connected) => {
    for (const each of connected) {
      live.get(each)?.();
      live.set(each, null);
    }
    for (const [each, cancel] of live) {
      if (cancel !== null || connected.includes(each)) continue;
      const gone = () => {
        live.delete(each);
        tellNodes();
      };
      live.set(each, after(GONE_AFTER, gone));
    }
    tellNodes();
  });
  const stateOf = (isConnected: boolean): BusState => (isConnected ? "connected" : "disconnected");
  relay.onEvents(
    (feed) => followed.has(feed),
    (feed, events) => {
      counts.received++;
      published.emit({ epoch, feed, events }, false);
    },
  );
  relay.onSignal((text) => {
    const signal = JSON.parse(text) as Signal;
    if (signal.epoch !== epoch) {
      counts.refused++;
      return;
    }
    counts.received++;
    signals.emit(signal);
  });
  relay.onGap((why) => {
    const reason: GapReason = why === "behind" ? "hole" : "reconnected";
    counts.gaps[reason]++;
    if (reason === "reconnected") counts.reconnects++;
    gaps.emit({ reason, node: null, signals: true, concerns: () => true });
  });
  relay.onConnected((isConnected) => states.emit(stateOf(isConnected)));
  return {
    node,
    counts,
    publish: (message) => published.emit(message, true),
    subscribe: (listener) => published.add(listener),
    follow(feed) {
      followed.set(feed, (followed.get(feed) ?? 0) + 1);
    },
    unfollow(feed) {
      const count = followed.get(feed) ?? 0;
      if (count > 1) followed.set(feed, count - 1);
      else followed.delete(feed);
    },
    signal(signal, to) {
      const toNode = to !== "all" && "node" in to ? to.node : null;
      if (relay.signal(JSON.stringify(signal), toNode)) counts.sent++;
      else counts.unsent++;
      signals.emit(signal);
    },
    onSignal: (listener) => signals.add(listener),
    onGap: (listener) => gaps.add(listener),
    state: () => stateOf(relay.isConnected),
    onState: (listener) => states.add(listener),
    onNodes(listener) {
      // What is known is told, too: no gateway may come or go for a long time.
      queueMicrotask(tellNodes);
      return nodes.add(listener);
    },
    async close() {
      published.clear();
      signals.clear();
      gaps.clear();
      states.clear();
      nodes.clear();
      for (const cancel of live.values()) cancel?.();
      followed.clear();
    },
  };
}
