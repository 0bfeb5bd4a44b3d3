import { type FeedId, userFeed } from "@parley/protocol";
import {
  type Bus,
  type BusState,
  type Gap,
  type GapReason,
  newBusCounts,
  type Published,
  type Signal,
  type Target,
  type Unsubscribe,
} from "./bus.ts";
import { HeardNumbers } from "./heard-numbers.ts";
import type { Leases } from "./leases.ts";
import { Listeners } from "./listeners.ts";
import { encodeEvents, encodeMessage, encodeSignal, MessageReader } from "./message-text.ts";
import { ALL, nodeChannel, SHARDS, shardChannel, shardOf } from "./shards.ts";
import type { ChannelMessage, Transport } from "./transport.ts";

/** How often a node sends a message to itself, and how long it may hear none. Milliseconds. */
const TICK = 500;
const SILENCE = 2_000;
/** How often a node sends an empty message to all: a hole before it shows that a signal was lost. Milliseconds. */
const HEARTBEAT = 5_000;
/** A message that grows above this is sent, and another one begun. Characters. */
const LONG_MESSAGE = 262_144;
/** Up to this number of nodes each hears all shards: following by interest costs more than it saves. */
const NODES_HEARING_ALL = 8;

export type ShardedBusParts = {
  readonly node: string;
  /** Of the store. Messages of another epoch are refused. */
  readonly epoch: string;
  readonly transport: Transport;
  /** Milliseconds of a clock that never jumps. */
  readonly now: () => number;
  /** Calls `run` each so many milliseconds until the returned function is called. */
  readonly every: (milliseconds: number, run: () => void) => () => void;
  /** An error in a listener, or a message that could not be read. */
  readonly onError: (error: unknown) => void;
  readonly leases?: Leases;
  /** Another store's nodes use the same channels. */
  readonly onForeignEpoch?: (node: string) => void;
};

/**
 * The bus of several nodes over publish and subscribe: SHARDS channels by a hash of the feed, and one message a channel and
 * turn of the loop. The own node is told by a call, and its echoes are dropped.
 *
 * Three things report a gap: a hole in the numbers of a node's messages, a new connection, and the watchdog: a message that
 * the node sends to itself was not heard for two seconds.
 */
export class ShardedBus implements Bus {
  readonly node: string;
  readonly counts = newBusCounts();
  readonly #parts: ShardedBusParts;
  readonly #published: Listeners<[Published, boolean]>;
  readonly #signals: Listeners<[Signal]>;
  readonly #gaps: Listeners<[Gap]>;
  readonly #states: Listeners<[BusState]>;
  readonly #nodes: Listeners<[ReadonlySet<string>]>;

  /** What this turn of the loop sends, by channel. */
  readonly #pending = new Map<string, { items: string[]; characters: number }>();
  readonly #numbers = new Map<string, number>();
  #isFlushing = false;

  readonly #heard = new HeardNumbers();
  readonly #follows = new Map<FeedId, number>();
  /** How many followed feeds each shard has. */
  readonly #interest = new Array<number>(SHARDS).fill(0);
  #hearsAll = true;

  #isUp = false;
  #wasUp = false;
  #state: BusState = "disconnected";
  #heardItselfAt: number;
  #replacedAt = Number.NEGATIVE_INFINITY;
  readonly #stopTicks: () => void;
  readonly #stopHeartbeats: () => void;
  #closed = false;

  constructor(parts: ShardedBusParts) {
    this.#parts = parts;
    this.node = parts.node;
    this.#published = new Listeners(parts.onError);
    this.#signals = new Listeners(parts.onError);
    this.#gaps = new Listeners(parts.onError);
    this.#states = new Listeners(parts.onError);
    this.#nodes = new Listeners(parts.onError);
    this.#heardItselfAt = parts.now();
    const { transport } = parts;
    transport.listen([nodeChannel(this.node), ALL, ...allShards()]);
    transport.open({
      up: () => this.#onUp(),
      down: () => this.#onDown(),
      listening: (channels) => this.#onListening(channels),
      message: (channel, bytes) => this.#onMessage(channel, bytes),
    });
    this.#stopTicks = parts.every(TICK, () => this.#tick());
    this.#stopHeartbeats = parts.every(HEARTBEAT, () => this.#enqueue(ALL, ""));
    parts.leases?.open((nodes) => {
      this.#setNodes(nodes.size);
      this.#nodes.emit(nodes);
    });
  }

  publish(message: Published): void {
    const { epoch, feed, events } = message;
    if (events.length > 0 && epoch === this.#parts.epoch)
      this.#enqueue(shardChannel(shardOf(feed)), encodeEvents(feed, events));
    this.#published.emit(message, true);
  }

  subscribe(listener: (message: Published, own: boolean) => void): Unsubscribe {
    return this.#published.add(listener);
  }

  follow(feed: FeedId): void {
    const count = this.#follows.get(feed) ?? 0;
    this.#follows.set(feed, count + 1);
    if (count > 0) return;
    const shard = shardOf(feed);
    const followed = (this.#interest[shard] as number) + 1;
    this.#interest[shard] = followed;
    if (followed === 1 && !this.#hearsAll) this.#parts.transport.listen([shardChannel(shard)]);
  }

  unfollow(feed: FeedId): void {
    const count = this.#follows.get(feed) ?? 0;
    if (count > 1) {
      this.#follows.set(feed, count - 1);
      return;
    }
    if (!this.#follows.delete(feed)) return;
    const shard = shardOf(feed);
    const followed = (this.#interest[shard] as number) - 1;
    this.#interest[shard] = followed;
    if (followed === 0 && !this.#hearsAll) this.#unlisten([shardChannel(shard)]);
  }

  signal(signal: Signal, to: Target): void {
    // To one node: in the order of what goes to all.
    const isToNode = to !== "all" && "node" in to;
    if (isToNode) this.#flush();
    this.#enqueue(channelOf(to), encodeSignal(signal));
    if (isToNode) this.#flush();
    this.#signals.emit(signal);
  }

  onSignal(listener: (signal: Signal) => void): Unsubscribe {
    return this.#signals.add(listener);
  }

  onGap(listener: (gap: Gap) => void): Unsubscribe {
    return this.#gaps.add(listener);
  }

  state(): BusState {
    return this.#state;
  }

  onState(listener: (state: BusState) => void): Unsubscribe {
    return this.#states.add(listener);
  }

  onNodes(listener: (nodes: ReadonlySet<string>) => void): Unsubscribe {
    return this.#nodes.add(listener);
  }

  /** How many nodes there are: few hear all shards, many only those of the feeds that they follow. */
  #setNodes(nodes: number): void {
    const hearsAll = nodes <= NODES_HEARING_ALL;
    if (hearsAll === this.#hearsAll) return;
    this.#hearsAll = hearsAll;
    const others = allShards().filter((_, shard) => this.#interest[shard] === 0);
    if (hearsAll) this.#parts.transport.listen(others);
    else this.#unlisten(others);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#flush();
    this.#closed = true;
    this.#stopTicks();
    this.#stopHeartbeats();
    for (const listeners of [this.#published, this.#signals, this.#gaps, this.#states, this.#nodes])
      listeners.clear();
    this.#parts.leases?.close();
    await this.#parts.transport.close();
  }

  #enqueue(channel: string, item: string): void {
    if (this.#closed) return;
    let pending = this.#pending.get(channel);
    if (!pending) {
      pending = { items: [], characters: 0 };
      this.#pending.set(channel, pending);
    }
    pending.items.push(item);
    pending.characters += item.length;
    if (pending.characters > LONG_MESSAGE) this.#flush();
    else this.#flushLater();
  }

  #flushLater(): void {
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    setImmediate(() => {
      this.#isFlushing = false;
      this.#flush();
    });
  }

  #flush(): void {
    if (this.#pending.size === 0 || this.#closed) return;
    const { node, epoch, transport } = this.#parts;
    const messages: ChannelMessage[] = [];
    for (const [channel, { items }] of this.#pending) {
      // Counted also when it is not sent: the next one shows the hole.
      const number = (this.#numbers.get(channel) ?? 0) + 1;
      this.#numbers.set(channel, number);
      messages.push({ channel, text: encodeMessage({ epoch, node, number }, items) });
    }
    this.#pending.clear();
    if (transport.send(messages)) this.counts.sent += messages.length;
    else this.counts.unsent += messages.length;
  }

  #onMessage(channel: string, bytes: Buffer): void {
    if (this.#closed) return;
    try {
      const reader = new MessageReader(bytes);
      const { epoch, node, number } = reader.header();
      if (node === this.node) {
        if (channel === nodeChannel(node)) this.#heardItself();
        return;
      }
      this.counts.received++;
      if (epoch !== this.#parts.epoch) {
        this.counts.refused++;
        this.#parts.onForeignEpoch?.(node);
        return;
      }
      const hole = this.#heard.hole(node, channel, number, this.#parts.now());
      reader.read(
        (feed) => this.#follows.has(feed),
        (feed, events) => this.#published.emit({ epoch, feed, events }, false),
        (signal) => this.#signals.emit(signal),
      );
      if (hole) this.#gap("hole", channel, node);
    } catch (error) {
      this.counts.refused++;
      this.#parts.onError(error);
      this.#gap("hole", channel);
    }
  }

  #onListening(channels: readonly string[]): void {
    for (const channel of channels) this.#gap("followed", channel);
  }

  #onUp(): void {
    this.#isUp = true;
    if (this.#wasUp) this.counts.reconnects++;
    this.#wasUp = true;
    // What was missed is covered by the gap.
    this.#heard.clear();
    this.#heardItselfAt = this.#parts.now();
    this.#sendToItself();
  }

  #onDown(): void {
    this.#isUp = false;
    this.#setState("disconnected");
  }

  #heardItself(): void {
    this.#heardItselfAt = this.#parts.now();
    if (!this.#isUp || this.#state === "connected") return;
    this.#setState("connected");
    void this.#parts.leases?.renew();
    this.#gap("reconnected", null);
  }

  #tick(): void {
    const now = this.#parts.now();
    this.#heard.prune(now);
    if (!this.#isUp) return;
    const silence = now - this.#heardItselfAt;
    if (silence > SILENCE && this.#state === "connected") {
      this.#setState("disconnected");
      this.#gap("silent", null);
    }
    if (silence > 2 * SILENCE && now - this.#replacedAt > 2 * SILENCE) {
      this.#replacedAt = now;
      this.#parts.transport.reconnect();
    }
    this.#sendToItself();
  }

  #sendToItself(): void {
    const { node, epoch, transport } = this.#parts;
    transport.send([{ channel: nodeChannel(node), text: encodeMessage({ epoch, node, number: 0 }, []) }]);
  }

  #setState(state: BusState): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#states.emit(state);
  }

  /** Messages of this channel may be lost, of this node; null: of any. */
  #gap(reason: GapReason, channel: string | null, node: string | null = null): void {
    this.counts.gaps[reason]++;
    const signals = channel === null || channel === ALL || channel === nodeChannel(this.node);
    const concerns = (feed: FeedId) => channel === null || shardChannel(shardOf(feed)) === channel;
    this.#gaps.emit({ reason, node, signals, concerns });
  }

  #unlisten(channels: readonly string[]): void {
    this.#parts.transport.unlisten(channels);
    for (const channel of channels) this.#heard.forgetChannel(channel);
  }
}

function allShards(): string[] {
  return Array.from({ length: SHARDS }, (_, shard) => shardChannel(shard));
}

function channelOf(to: Target): string {
  if (to === "all") return ALL;
  if ("node" in to) return nodeChannel(to.node);
  return shardChannel(shardOf("room" in to ? to.room : userFeed(to.user)));
}
