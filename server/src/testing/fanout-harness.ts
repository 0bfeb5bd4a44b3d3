import {
  type FeedEvent,
  type FeedId,
  type FeedItem,
  firstSeq,
  toWire,
  type WireEvent,
} from "@parley/protocol";
import { Fanout } from "../gateway/feeds/fanout.ts";

type FanoutParts = ConstructorParameters<typeof Fanout>[0];
type Head = Parameters<FanoutParts["listener"]["lineage"]>[1];
type Gap = Parameters<Parameters<FanoutParts["bus"]["onGap"]>[0]>[0];
type Published = Parameters<Parameters<FanoutParts["bus"]["subscribe"]>[0]>[0];

export const EPOCH = "e";
export const idOf = (seq: number) => `00000000-0000-7000-8000-${String(seq).padStart(12, "0")}`;
export const headAt = (seq: number): Head => ({ seq, id: seq === 0 ? null : idOf(seq) });
type Kind = "message_deleted" | "member_joined" | "member_left" | "room_deleted";
export const eventAt = (seq: number, kind: Kind = "message_deleted"): WireEvent => {
  const base = { seq, id: idOf(seq), actor: idOf(1), name: "Ada", at: 1, nonce: idOf(2) };
  if (kind === "room_deleted") return toWire({ ...base, kind });
  if (kind === "member_joined") {
    return toWire({ ...base, kind, user: idOf(seq), user_name: `Guest ${seq}`, role: "member" });
  }
  return toWire(
    kind === "member_left"
      ? { ...base, kind, user: idOf(9), user_name: "Bim" }
      : { ...base, kind, message: { id: idOf(3), seq: 1 } },
  );
};

/**
 * A fan-out over a store that holds `stored` events of one feed, and a bus that carries what the test publishes and no
 * more. The caller closes it.
 */
export function fanoutHarness(stored: number) {
  const state = {
    stored,
    floor: 0,
    ended: false,
    bus: "connected",
    reads: 0,
    headReads: 0,
    sweeps: 0,
    page: Number.POSITIVE_INFINITY,
  };
  const subscribers: ((message: Published) => void)[] = [];
  const gaps: ((gap: Gap) => void)[] = [];
  const follows: string[] = [];
  const frames: { seqs: number[] }[] = [];
  const notices: string[] = [];
  let notify: () => void = () => {};
  let time = () => performance.now();
  let subscribed = true;
  /** Whether the topic with runs of joinings has subscribers, too, and what it got: first and last seq of each item. */
  let accepts = false;
  const items: (readonly [number, number])[][] = [];
  const hasSubscribers = (topic: string) => (topic.startsWith("joined/") ? accepts : subscribed);
  const published = (topic: string, frame: string) => {
    if (!hasSubscribers(topic)) throw new Error("A frame was made for a topic without subscribers");
    const { feed, events } = JSON.parse(frame) as { feed: FeedId; events: FeedItem[] };
    if (topic === `joined/${feed}`) {
      items.push(events.map((item) => [firstSeq(item), item.seq] as const));
      notify();
      return;
    }
    if (topic !== `native/${feed}`) throw new Error(`A frame of ${feed} went to ${topic}`);
    frames.push({ seqs: events.map(({ seq }) => seq) });
    notify();
  };
  const store = {
    epoch: EPOCH,
    changes: async (cursor: string | null) => {
      state.sweeps++;
      return { feeds: new Map([["lobby", headAt(state.stored)]]), cursor: "later", whole: cursor !== null };
    },
    heads: async () => {
      state.headReads++;
      return new Map([["lobby", headAt(state.stored)]]);
    },
    after: async (_feed: FeedId, seq: number, limit: number) => {
      state.reads++;
      const first = Math.max(seq, state.floor) + 1;
      const last = Math.min(state.stored, first - 1 + Math.min(limit, state.page));
      return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) =>
        eventAt(first + index, state.ended && first + index === state.stored ? "room_deleted" : undefined),
      );
    },
  } as unknown as FanoutParts["store"];
  const bus = {
    subscribe: (listener: (message: Published) => void) => {
      subscribers.push(listener);
      return () => {};
    },
    follow: (feed: FeedId) => void follows.push(`+${feed}`),
    unfollow: (feed: FeedId) => void follows.push(`-${feed}`),
    state: () => state.bus,
    onGap: (listener: (gap: Gap) => void) => {
      gaps.push(listener);
      return () => {};
    },
  } as unknown as FanoutParts["bus"];
  const log = { debug() {}, info() {}, warn() {}, error() {}, fatal() {} };
  const listener = {
    membership: (_feed: FeedId, { kind, seq }: FeedEvent) => {
      notices.push(`${kind} ${seq} after ${frames.length} frames`);
      notify();
    },
    lineage: (_feed: FeedId, { seq }: Head) => {
      notices.push(`lineage ${seq}`);
      notify();
    },
  };
  const fanout = new Fanout({
    store,
    bus,
    publish: published,
    hasSubscribers,
    listener,
    log,
    monotonicNow: () => time(),
  });
  return {
    fanout,
    state,
    frames,
    items,
    notices,
    seqs: () => frames.flatMap(({ seqs }) => seqs),
    bus: (seqs: number[], epoch = EPOCH) =>
      subscribers[0]?.({ epoch, feed: "lobby", events: seqs.map((seq) => eventAt(seq)) }),
    joins: (...seqs: number[]) =>
      subscribers[0]?.({
        epoch: EPOCH,
        feed: "lobby",
        events: seqs.map((seq) => eventAt(seq, "member_joined")),
      }),
    setTime: (milliseconds: number) => {
      time = () => milliseconds;
    },
    publish: (message: Published) => subscribers[0]?.(message),
    subscribe: (yes: boolean) => {
      subscribed = yes;
    },
    follows,
    gap: (concerns: Gap["concerns"] = () => true) =>
      gaps[0]?.({ reason: "hole", node: null, signals: false, concerns }),
    accept: () => {
      accepts = true;
    },
    /** Resolves when the condition holds; it is looked at whenever something was published or reported. */
    until: (holds: () => boolean) =>
      new Promise<void>((resolve) => {
        notify = () => holds() && resolve();
        notify();
      }),
  };
}
