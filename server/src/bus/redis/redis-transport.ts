import type { ChannelMessage, Transport, TransportHandler } from "../transport.ts";
import { RedisConnection } from "./redis-connection.ts";
import { CLUSTER_PROBLEM, type RedisProblem, toProblem } from "./redis-problem.ts";

/** Bytes, about, that Redis may have left unread before messages are dropped. */
const MOST_UNSENT = 8_388_608;

/**
 * All messages of a turn as one command, with channels and texts in turn. With a PUBLISH for each channel the publisher needed
 * 15.6 us of CPU a message, so it needs 10.2 (bench/bus.bench.ts).
 */
const PUBLISH = "for i = 1, #ARGV, 2 do redis.call('PUBLISH', ARGV[i], ARGV[i + 1]) end";

export type RedisTransportParts = {
  readonly url: string;
  /** Before each channel and key: several programs may share a server. */
  readonly prefix: string;
  readonly node: string;
  /** Why Redis cannot be used now; null: it can be used. */
  readonly onProblem: (problem: RedisProblem | null) => void;
};

/**
 * PUBLISH and SUBSCRIBE on one Redis server, over two connections: one that subscribes must not send other commands. It is up
 * while both work and every channel is subscribed.
 */
export class RedisTransport implements Transport {
  readonly #prefix: string;
  readonly #onProblem: RedisTransportParts["onProblem"];
  readonly #publisher: RedisConnection;
  readonly #subscriber: RedisConnection;
  readonly #channels = new Set<string>();
  #handler: TransportHandler | null = null;
  #isSubscribed = false;
  #isUp = false;
  #unsent = 0;
  #closed = false;

  constructor({ url, prefix, node, onProblem }: RedisTransportParts) {
    this.#prefix = `${prefix}:`;
    this.#onProblem = onProblem;
    const onError = (error: Error) => this.#failed(error);
    this.#publisher = new RedisConnection({
      url,
      name: `parley-${node}-publish`,
      onReady: () => this.#changed(),
      onLost: () => this.#changed(),
      onError,
    });
    this.#subscriber = new RedisConnection({
      url,
      name: `parley-${node}-subscribe`,
      onReady: () => void this.#subscribeAll(),
      onLost: () => {
        this.#isSubscribed = false;
        this.#changed();
      },
      onError,
    });
    this.#subscriber.redis.on("messageBuffer", (channel: Buffer, bytes: Buffer) => {
      this.#handler?.message(channel.toString().slice(this.#prefix.length), bytes);
    });
  }

  /** The connection for commands that are not messages. */
  get commands(): RedisConnection {
    return this.#publisher;
  }

  open(handler: TransportHandler): void {
    this.#handler = handler;
    this.#publisher.open();
    this.#subscriber.open();
  }

  send(messages: readonly ChannelMessage[]): boolean {
    if (!this.#publisher.isReady || this.#unsent > MOST_UNSENT) return false;
    const args: string[] = [];
    let size = 0;
    for (const { channel, text } of messages) {
      args.push(this.#prefix + channel, text);
      size += text.length;
    }
    this.#unsent += size;
    void this.#finish(this.#publisher.redis.eval(PUBLISH, 0, ...args), size);
    return true;
  }

  listen(channels: readonly string[]): void {
    const added = channels.filter((channel) => !this.#channels.has(channel));
    for (const channel of added) this.#channels.add(channel);
    if (this.#isSubscribed && added.length > 0) void this.#subscribe(added);
  }

  unlisten(channels: readonly string[]): void {
    const removed = channels.filter((channel) => this.#channels.delete(channel));
    if (!this.#isSubscribed || removed.length === 0) return;
    this.#subscriber.redis.unsubscribe(...this.#named(removed)).catch(() => {});
  }

  reconnect(): void {
    this.#publisher.replace();
    this.#subscriber.replace();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#handler = null;
    this.#publisher.close();
    this.#subscriber.close();
  }

  /** A failed command is a lost message: the next one shows the hole. */
  async #finish(sent: Promise<unknown>, size: number): Promise<void> {
    try {
      await sent;
    } catch (error) {
      this.#failed(error as Error);
    } finally {
      this.#unsent -= size;
    }
  }

  async #subscribeAll(): Promise<void> {
    try {
      if (await this.#isCluster()) {
        this.#onProblem(CLUSTER_PROBLEM);
        return;
      }
      const channels = [...this.#channels];
      await this.#subscriber.redis.subscribe(...this.#named(channels));
      this.#isSubscribed = true;
      // Meanwhile `listen` and `unlisten` only noted what they were asked.
      const late = [...this.#channels].filter((channel) => !channels.includes(channel));
      if (late.length > 0) await this.#subscriber.redis.subscribe(...this.#named(late));
      this.#changed();
    } catch (error) {
      this.#failed(error as Error);
      this.#subscriber.replace();
    }
  }

  /** A user without the permission for INFO is not asked. */
  async #isCluster(): Promise<boolean> {
    try {
      return /^cluster_enabled:1\r?$/m.test(await this.#subscriber.redis.info("cluster"));
    } catch (error) {
      if (/NOPERM/.test((error as Error).message)) return false;
      throw error;
    }
  }

  async #subscribe(channels: readonly string[]): Promise<void> {
    try {
      await this.#subscriber.redis.subscribe(...this.#named(channels));
      this.#handler?.listening(channels);
    } catch (error) {
      this.#failed(error as Error);
      this.#subscriber.replace();
    }
  }

  #changed(): void {
    const isUp = this.#isSubscribed && this.#publisher.isReady && !this.#closed;
    if (isUp === this.#isUp) return;
    this.#isUp = isUp;
    if (isUp) this.#onProblem(null);
    if (isUp) this.#handler?.up();
    else this.#handler?.down();
  }

  #failed(error: Error): void {
    // Commands that were under way when the connection ended.
    if (!this.#closed && !/Connection is closed|isn't writeable/.test(error.message))
      this.#onProblem(toProblem(error));
  }

  #named(channels: readonly string[]): string[] {
    return channels.map((channel) => this.#prefix + channel);
  }
}
