import { addressKey } from "../../gateway/limits/admission.ts";
import { Bucket, Buckets, Frames, type Rates } from "../../gateway/limits/rate-limiter.ts";

/** An address may say as much as so many connections: people behind one address chat, too, but not a hundredfold. */
const ADDRESS_SHARE = 10;

/** What all walk-ins of one address may say together. Null where rates are lifted. */
export function addressAllowances(rates: Rates): Buckets | null {
  return rates && new Buckets(ADDRESS_SHARE * rates.messageRate, ADDRESS_SHARE * rates.messageBurst);
}

/**
 * What one walk-in may do: frames of all kinds, messages, signs of writing. A walk-in is nobody in particular, and an
 * address can bring as many as it has sockets, so that messages count for the address, too. Times are milliseconds of a
 * clock that never jumps.
 */
export class Allowance {
  readonly #frames: Frames | null;
  readonly #messages: Bucket | null;
  readonly #signs: Bucket | null;
  readonly #addresses: Buckets | null;
  readonly #address: string;

  constructor(rates: Rates, addresses: Buckets | null, address: string, now: number) {
    this.#frames = rates && new Frames(rates.frameRate, now);
    this.#messages = rates && new Bucket(rates.messageRate, rates.messageBurst, now);
    this.#signs = rates && new Bucket(rates.messageRate, rates.messageBurst, now);
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
    const long = this.#addresses?.take(this.#address, now) ?? 0;
    if (long > 0) this.#messages?.giveBack();
    return long;
  }

  /** Whether a sign of writing may be told. One that may not is dropped, as signals may be. */
  sign(now: number): boolean {
    return (this.#signs?.take(now) ?? 0) === 0;
  }
}
