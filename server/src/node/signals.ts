import { GRACE, Presence } from "../gateway/signals/presence.ts";
import { ReadMarks } from "../gateway/signals/read-marks.ts";
import { SignalHub } from "../gateway/signals/signal-hub.ts";
import { realTiming } from "../gateway/signals/timing.ts";
import type { NodeContext } from "./context.ts";
import type { NodeFeeds } from "./feeds.ts";

/** What is neither stored nor numbered, and the read marks, which are throttled before they become commands. */
export type NodeSignals = {
  readonly presence: Presence;
  readonly signalHub: SignalHub;
  readonly readMarks: ReadMarks;
  close(): void;
};

export type NodeSignalsParts = {
  readonly feeds: NodeFeeds;
  /** The store's. */
  readonly epoch: string;
  /** How long a user stays online after the last session ended. Milliseconds. */
  readonly presenceGrace?: number | undefined;
};

/** Built after the feeds: the hub must receive a message behind the fan-out, which sends it before the end of its typing. */
export function createSignals(context: NodeContext, parts: NodeSignalsParts): NodeSignals {
  const { log, counts, newId, now } = context;
  const { feeds, epoch, presenceGrace = GRACE } = parts;
  const { bus, chat, publisher } = feeds;
  const presence = new Presence({ bus, epoch, node: bus.node, timing: realTiming, grace: presenceGrace });
  const signalHub = new SignalHub({
    bus,
    epoch,
    timing: realTiming,
    presence,
    publish: publisher.publish,
    counts: counts.signals,
  });
  feeds.onMembership((feed, event) => presence.membership(feed, event));
  feeds.onMembership((feed, event) => signalHub.membership(feed, event));
  const readMarks = new ReadMarks({ chat, newNonce: newId, now, timing: realTiming, log });
  return {
    presence,
    signalHub,
    readMarks,
    close() {
      signalHub.close();
      presence.close();
    },
  };
}
