import { isFault } from "@parley/protocol";
import { Guests } from "../auth/guests.ts";
import type { Bus } from "../bus/bus.ts";
import type { SharedState } from "../bus/shared-state.ts";
import { Chat } from "../chat.ts";
import { Fanout, type FanoutListener } from "../gateway/feeds/fanout.ts";
import { Devices } from "../gateway/session/devices.ts";
import { Sessions } from "../gateway/session/sessions.ts";
import type { Listener } from "../gateway/socket/socket.ts";
import { CommitQueue } from "../store/commit/queue.ts";
import type { Store } from "../store/store.ts";
import type { NodeContext } from "./context.ts";

/** From a command to the frames of the feed it changes: queue, chat, bus, fan-out, and the sessions that follow feeds. */
export type NodeFeeds = {
  readonly bus: Bus;
  readonly chat: Chat;
  readonly guests: Guests;
  readonly sessions: Sessions;
  readonly devices: Devices;
  readonly fanout: Fanout;
  readonly publisher: Publisher;
  /** Commands that wait for their batch. */
  readonly waiting: () => number;
  /** Calls the listener, behind the sessions and earlier listeners, for each event that changes a membership. */
  onMembership(listener: FanoutListener["membership"]): void;
  close(): Promise<void>;
};

export type NodeFeedsParts = {
  readonly store: Store;
  readonly bus: Bus;
  readonly shared: SharedState;
};

export function createFeeds(context: NodeContext, { store, bus, shared }: NodeFeedsParts): NodeFeeds {
  const { config, log, counts, newId, now, monotonicNow } = context;
  const queue = new CommitQueue(store);
  queue.onBatch(({ verdicts }) => {
    // Of the verdicts and not of the events: a batch may share its commit with those of other gateways.
    for (const verdict of verdicts)
      if (!isFault(verdict) && !verdict.duplicate) counts.events += verdict.placed.length;
  });
  const chat = new Chat({ queue, bus, epoch: store.epoch });
  const guests = new Guests({ store, open: config.guests, newId, now, monotonicNow });
  const sessions = new Sessions(monotonicNow);
  const devices = new Devices({ bus, shared, sessions, store });
  chat.onSettled(() => sessions.flushAcks());
  const publisher = new Publisher();
  const memberships: FanoutListener["membership"][] = [(feed, event) => sessions.membership(feed, event)];
  const fanout = new Fanout({
    store,
    bus,
    publish: publisher.publish,
    hasSubscribers: publisher.hasSubscribers,
    listener: {
      membership(feed, event) {
        for (const listener of memberships) listener(feed, event);
      },
      lineage: (feed, head) => sessions.lineage(feed, head),
    },
    log,
    monotonicNow,
  });
  return {
    bus,
    chat,
    guests,
    sessions,
    devices,
    fanout,
    publisher,
    waiting: () => queue.waiting,
    onMembership: (listener) => void memberships.push(listener),
    async close() {
      fanout.close();
      devices.close();
      sessions.close();
    },
  };
}

/** Publishes to the sockets of the listener, which starts after the parts that publish: until then there are no sockets. */
export class Publisher {
  #listener: Pick<Listener, "publish" | "hasSubscribers"> | null = null;

  attach(listener: Pick<Listener, "publish" | "hasSubscribers">): void {
    this.#listener = listener;
  }

  readonly publish = (topic: string, frame: string): void => this.#listener?.publish(topic, frame);
  readonly hasSubscribers = (topic: string): boolean => this.#listener?.hasSubscribers(topic) ?? false;
}
