import { addressKey } from "../../gateway/limits/admission.ts";
import {
  FrameLimiter,
  KeyedRateLimiter,
  type Rates,
  TokenBucket,
} from "../../gateway/limits/rate-limiter.ts";

/** An address may send as much as so many connections: several users are behind one address, but not a hundred. */
const CONNECTIONS_PER_ADDRESS = 10;

/** What all walk-ins of one address may send together. Null where rates are lifted. */
export function addressLimiter(rates: Rates): KeyedRateLimiter | null {
  return (
    rates &&
    new KeyedRateLimiter(
      CONNECTIONS_PER_ADDRESS * rates.messageRate,
      CONNECTIONS_PER_ADDRESS * rates.messageBurst,
    )
  );
}

/**
 * The limits of one walk-in: frames of all kinds, messages, typing. A walk-in has no identity, and an address can have as
 * many as it has sockets, so messages count for the address, too. Times are milliseconds of a
 * clock that never jumps.
 */
export class SessionLimiter {
  readonly #frames: FrameLimiter | null;
  readonly #messages: TokenBucket | null;
  readonly #typing: TokenBucket | null;
  readonly #addresses: KeyedRateLimiter | null;
  readonly #address: string;

  constructor(rates: Rates, addresses: KeyedRateLimiter | null, address: string, now: number) {
    this.#frames = rates && new FrameLimiter(rates.frameRate, now);
    this.#messages = rates && new TokenBucket(rates.messageRate, rates.messageBurst, now);
    this.#typing = rates && new TokenBucket(rates.messageRate, rates.messageBurst, now);
    this.#addresses = addresses;
    this.#address = addressKey(address);
  }

  /** Takes a frame. Returns 0, or in how many milliseconds another is taken; infinity when it is a flood. */
  frame(now: number): number {
    return this.#frames?.take(now) ?? 0;
  }

  /** Takes a message. Returns 0, or in how many milliseconds there is one. */
  message(now: number): number {
    const wait = this.#messages?.take(now) ?? 0;
    if (wait > 0) return wait;
    const shared = this.#addresses?.take(this.#address, now) ?? 0;
    if (shared > 0) this.#messages?.refund();
    return shared;
  }

  /** Whether a typing signal may be published. Otherwise it is dropped, as signals may be. */
  mayType(now: number): boolean {
    return (this.#typing?.take(now) ?? 0) === 0;
  }
}
