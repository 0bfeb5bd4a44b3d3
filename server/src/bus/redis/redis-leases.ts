import type { Leases } from "../leases.ts";
import type { RedisConnection } from "./redis-connection.ts";

/** How long a lease lasts without being renewed, and how often it is. Milliseconds. */
const LEASE = 12_000;
const RENEW = 3_000;

/**
 * Renews the lease of ARGV[1] for ARGV[2] milliseconds by Redis' own clock, removes the leases that ended, and returns
 * whether the own one was still there, and all nodes.
 */
const RENEW_LEASE = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
local held = redis.call('ZSCORE', KEYS[1], ARGV[1])
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return { held and 1 or 0, redis.call('ZRANGE', KEYS[1], 0, -1) }
`;

export type RedisLeasesParts = {
  readonly connection: RedisConnection;
  readonly prefix: string;
  readonly node: string;
  /** Milliseconds of a clock that never jumps. */
  readonly now: () => number;
  /** Calls `run` each so many milliseconds until the returned function is called. */
  readonly every: (milliseconds: number, run: () => void) => () => void;
};

/**
 * One entry a node in a sorted set, by the end of its lease. No clock of a node is compared with another one. Where the own
 * lease was missing, Redis may have been emptied and other leases may be missing, too: for the length of a lease the nodes
 * that were known count as alive.
 */
export class RedisLeases implements Leases {
  readonly #parts: RedisLeasesParts;
  readonly #key: string;
  #stop: (() => void) | null = null;
  #changed: ((nodes: ReadonlySet<string>) => void) | null = null;
  #known: ReadonlySet<string> = new Set();
  /** Until when the list may be incomplete. */
  #incompleteUntil = Number.NEGATIVE_INFINITY;

  constructor(parts: RedisLeasesParts) {
    this.#parts = parts;
    this.#key = `${parts.prefix}:nodes`;
  }

  open(changed: (nodes: ReadonlySet<string>) => void): void {
    this.#changed = changed;
    this.#stop = this.#parts.every(RENEW, () => void this.renew());
  }

  /** Renews at once. Failures are passed over: the next call is seconds away. */
  async renew(): Promise<void> {
    const { connection, node, now } = this.#parts;
    if (!connection.isReady) return;
    try {
      const [held, nodes] = (await connection.redis.eval(RENEW_LEASE, 1, this.#key, node, LEASE)) as [
        number,
        string[],
      ];
      if (!this.#changed) return;
      if (held === 0) this.#incompleteUntil = now() + LEASE;
      const live = new Set([node, ...nodes]);
      if (now() < this.#incompleteUntil) for (const known of this.#known) live.add(known);
      this.#known = live;
      this.#changed(live);
    } catch {}
  }

  close(): void {
    this.#stop?.();
    this.#changed = null;
  }
}
