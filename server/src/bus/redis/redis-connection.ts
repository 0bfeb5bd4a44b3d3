import { Redis } from "ioredis";

/** How long a connection may take, and then its handshake. Milliseconds. */
const CONNECT_TIMEOUT = 3_000;
const HANDSHAKE_TIMEOUT = 3_000;
/** A command without an answer for this long counts as failed. Milliseconds. */
const COMMAND_TIMEOUT = 5_000;
/** The longest pause between two attempts to connect. Milliseconds. */
const LONGEST_PAUSE = 1_000;

export type ConnectionParts = {
  /** redis:// or rediss://, with user, password and database. */
  readonly url: string;
  /** Shown by CLIENT LIST. */
  readonly name: string;
  /** The connection can be used. Also after every new connection. */
  readonly onReady: () => void;
  /** Called once for each time that it was ready, or could not be had. */
  readonly onLost: () => void;
  readonly onError: (error: Error) => void;
};

/**
 * A connection that is replaced for ever. Commands are never queued while there is none: what cannot be sent now is lost,
 * and the store heals it.
 */
export class RedisConnection {
  readonly redis: Redis;
  #isReady = false;
  #handshake: ReturnType<typeof setTimeout> | undefined;

  constructor({ url, name, onReady, onLost, onError }: ConnectionParts) {
    this.redis = new Redis(url, {
      lazyConnect: true,
      protocol: 2,
      connectionName: name,
      disableClientInfo: true,
      connectTimeout: CONNECT_TIMEOUT,
      commandTimeout: COMMAND_TIMEOUT,
      keepAlive: 5_000,
      enableOfflineQueue: false,
      autoResubscribe: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      // Spread, so that the nodes do not come back in one moment.
      retryStrategy: (attempt) =>
        Math.min(LONGEST_PAUSE, 50 * 2 ** Math.min(attempt, 6)) * (0.5 + Math.random() / 2),
      reconnectOnError: () => false,
    });
    // A server that accepts connections and does not answer, such as a stopped one.
    this.redis.on("connect", () => {
      clearTimeout(this.#handshake);
      this.#handshake = setTimeout(() => {
        onError(new Error("Redis accepts connections and does not answer"));
        this.replace();
      }, HANDSHAKE_TIMEOUT);
    });
    this.redis.on("ready", () => {
      clearTimeout(this.#handshake);
      this.#isReady = true;
      onReady();
    });
    this.redis.on("close", () => {
      clearTimeout(this.#handshake);
      const wasReady = this.#isReady;
      this.#isReady = false;
      if (wasReady) onLost();
    });
    this.redis.on("error", onError);
  }

  get isReady(): boolean {
    return this.#isReady;
  }

  /** Does not wait: failures are reported and tried again. */
  open(): void {
    this.redis.connect().catch(() => {});
  }

  /** Ends this connection and makes another one. */
  replace(): void {
    this.redis.disconnect(true);
  }

  close(): void {
    clearTimeout(this.#handshake);
    this.redis.disconnect();
  }
}
