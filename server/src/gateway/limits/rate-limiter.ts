/**
 * A token bucket: `rate` tokens a second, at most `burst` of them at once. Times are milliseconds of a clock that never jumps.
 */
export class TokenBucket {
  readonly #rate: number;
  readonly #burst: number;
  #tokens: number;
  #at: number;

  constructor(rate: number, burst: number, now: number) {
    this.#rate = rate;
    this.#burst = burst;
    this.#tokens = burst;
    this.#at = now;
  }

  /** Takes one token. Returns 0, or in how many milliseconds there will be one. */
  take(now: number): number {
    this.#tokens = Math.min(this.#burst, this.#tokens + (Math.max(0, now - this.#at) / 1_000) * this.#rate);
    this.#at = now;
    if (this.#tokens >= 1) {
      this.#tokens -= 1;
      return 0;
    }
    return Math.ceil(((1 - this.#tokens) / this.#rate) * 1_000);
  }

  /** Charges more for what a token was taken for. The balance may go below 0: the next ones wait longer. */
  charge(tokens: number): void {
    this.#tokens -= tokens;
  }

  /** Returns a token: what it was taken for did not happen. */
  refund(): void {
    this.#tokens = Math.min(this.#burst, this.#tokens + 1);
  }

  /** Whether no token is used up: a new bucket would be the same. */
  isFull(now: number): boolean {
    return this.#tokens + (Math.max(0, now - this.#at) / 1_000) * this.#rate >= this.#burst;
  }
}

/** Frames above the rate that are answered before the connection counts as a flood. */
const FLOOD_FRAMES = 1_000;

/** The frames of one connection. Too many above the rate, without a pause in which the bucket fills up, are a flood. */
export class FrameLimiter {
  readonly #bucket: TokenBucket;
  #over = 0;

  constructor(rate: number, now: number) {
    this.#bucket = new TokenBucket(rate, 2 * rate, now);
  }

  /** Takes a frame. Returns 0, or in how many milliseconds another is taken; infinity when it is a flood. */
  take(now: number): number {
    if (this.#bucket.isFull(now)) this.#over = 0;
    const wait = this.#bucket.take(now);
    if (wait > 0 && ++this.#over > FLOOD_FRAMES) return Number.POSITIVE_INFINITY;
    return wait;
  }

  /** The frame that was taken counts as so many more. */
  charge(frames: number): void {
    this.#bucket.charge(frames);
  }
}

/** Above so many keys, those with a full bucket are forgotten, and then the oldest. */
const MAX_KEYS = 50_000;

/** A bucket for each key, such as an address or a user. The number of buckets is bounded, however many keys there are. */
export class KeyedRateLimiter {
  readonly #rate: number;
  readonly #burst: number;
  /** In the order of their last use. */
  readonly #byKey = new Map<string, TokenBucket>();
  readonly #most: number;

  constructor(rate: number, burst: number, most: number = MAX_KEYS) {
    this.#rate = rate;
    this.#burst = burst;
    this.#most = most;
  }

  get size(): number {
    return this.#byKey.size;
  }

  /** Takes one token of this key. Returns 0, or in how many milliseconds there will be one. */
  take(key: string, now: number): number {
    return this.#used(key, now).take(now);
  }

  /** Charges more for what this key's token was taken for. */
  charge(key: string, tokens: number, now: number): void {
    this.#used(key, now).charge(tokens);
  }

  refund(key: string): void {
    this.#byKey.get(key)?.refund();
  }

  #used(key: string, now: number): TokenBucket {
    const bucket = this.#byKey.get(key) ?? new TokenBucket(this.#rate, this.#burst, now);
    this.#byKey.delete(key);
    this.#byKey.set(key, bucket);
    if (this.#byKey.size > this.#most) this.#forget(now);
    return bucket;
  }

  /** Removes at least a tenth, so that this does not run for each new key. */
  #forget(now: number): void {
    let over = Math.max(1, Math.ceil(this.#most / 10));
    for (const [key, bucket] of this.#byKey) if (bucket.isFull(now) && over-- > 0) this.#byKey.delete(key);
    for (const key of this.#byKey.keys()) {
      if (over-- <= 0) return;
      this.#byKey.delete(key);
    }
  }
}

/** The operator's rates; null lifts them. */
export type Rates = {
  readonly messageRate: number;
  readonly messageBurst: number;
  readonly frameRate: number;
} | null;
