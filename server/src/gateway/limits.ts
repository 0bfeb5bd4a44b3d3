/**
 * A token bucket: `rate` tokens a second, at most `burst` of them at once. Times are milliseconds of any steady clock.
 */
export class Bucket {
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
}

/** The operator's rates; null lifts them. */
export type Rates = {
  readonly messageRate: number;
  readonly messageBurst: number;
  readonly frameRate: number;
} | null;
