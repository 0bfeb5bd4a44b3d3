import type { UserId } from "@parley/protocol";
import { addressKey } from "./admission.ts";
import { KeyedRateLimiter } from "./rate-limiter.ts";

/** What a user may read, in kilobytes of answers: each second over time, and at once; null lifts it. */
export type ReadRates = { readonly readRate: number; readonly readBurst: number } | null;

/** An address may read so many times what a user may: several users are behind one address. */
const ADDRESS_SHARE = 8;
const KB = 1_024;
/** A millisecond of reading counts as so many bytes: more than the text of most answers that take one. */
const BYTES_A_MS = 32 * KB;

/** What an answer took: bytes that go out, and milliseconds of a thread where they were measured. */
export type ReadCost = { readonly bytes: number; readonly ms?: number };

/**
 * What reads cost. A user and an address have a budget each, over all sockets and HTTP together. A read begins while
 * there is any of it left, for 1 KB at least, and what it came to is charged behind it: the next ones wait the longer.
 */
export class ReadBudget {
  readonly #users: KeyedRateLimiter | null;
  readonly #addresses: KeyedRateLimiter | null;
  /** Milliseconds of a clock that leaves out what the process was blocked. */
  readonly #now: () => number;
  readonly #waiting = new Set<() => void>();
  #turning = false;

  constructor(rates: ReadRates, now: () => number) {
    this.#users = rates && new KeyedRateLimiter(rates.readRate, rates.readBurst);
    this.#addresses =
      rates && new KeyedRateLimiter(ADDRESS_SHARE * rates.readRate, ADDRESS_SHARE * rates.readBurst);
    this.#now = now;
  }

  /**
   * Begins a read. Returns 0, or in how many milliseconds one may begin. `user` is null before the user is known, and for
   * clients without an account.
   */
  take(user: UserId | null, address: string): number {
    const now = this.#now();
    const key = addressKey(address);
    const shared = this.#addresses?.take(key, now) ?? 0;
    if (shared > 0 || user === null) return shared;
    const own = this.#users?.take(user, now) ?? 0;
    if (own > 0) this.#addresses?.refund(key);
    return own;
  }

  /** What reads that were begun came to. */
  charge(user: UserId | null, address: string, { bytes, ms = 0 }: ReadCost): void {
    const kilobytes = (bytes + ms * BYTES_A_MS) / KB;
    const now = this.#now();
    this.#addresses?.charge(addressKey(address), kilobytes, now);
    if (user !== null) this.#users?.charge(user, kilobytes, now);
  }

  /** Resolves in a turn of the loop of its own, in the order of the calls: between two reads other work is done. */
  turn(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.add(resolve);
      if (!this.#turning) this.#next();
    });
  }

  #next(): void {
    this.#turning = true;
    setImmediate(() => {
      this.#turning = false;
      const [first] = this.#waiting;
      if (!first) return;
      this.#waiting.delete(first);
      if (this.#waiting.size > 0) this.#next();
      first();
    });
  }
}
