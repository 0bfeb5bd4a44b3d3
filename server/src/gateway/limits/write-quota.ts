import { type Fault, fault, type UserId } from "@parley/protocol";
import type { Body } from "../../core/command.ts";

/**
 * Bytes that an event counts besides its text, for its nonce and their indexes. A message of 60 characters takes 352 bytes
 * in all (`bun bench/micro/stored-bytes.bench.ts`); the log on the disk takes more for a moment.
 */
const OVERHEAD = 512;
/** Events for each user whom a new room begins with: one in the room, one in the private feed. */
const EVENTS_PER_MEMBER = 2;
const DAY = 86_400_000;
const MEGABYTE = 1_048_576;
/** Keys whose use is kept in memory. The one with the oldest write is dropped first. */
const KEYS = 50_000;

/** Megabytes a day; 0 sets no quota. */
export type WriteQuotas = { readonly writeQuota: number; readonly writeQuotaPerAddress: number };

/**
 * The bytes that users and addresses may write a day, over all protocols together. A guest account costs nothing, so the
 * quota of a user bounds nothing without that of the address; walk-ins have only the latter.
 */
export class WriteQuota {
  readonly #users: ByteQuota | null;
  readonly #addresses: ByteQuota | null;
  readonly #now: () => number;

  /** `now` is milliseconds of a clock that never jumps; null lifts all quotas. */
  constructor(quotas: WriteQuotas | null, now: () => number) {
    const quota = (megabytes = 0) => (megabytes > 0 ? new ByteQuota(megabytes * MEGABYTE) : null);
    this.#users = quota(quotas?.writeQuota);
    this.#addresses = quota(quotas?.writeQuotaPerAddress);
    this.#now = now;
  }

  /**
   * Charges for what the command stores. `user` is null for clients without an account, `address` is a key of `addressKey`.
   * Fault: rate_limited, which is not final: the client keeps the nonce and sends the command again.
   */
  take(user: UserId | null, address: string, body: Body): Fault | null {
    if (!this.#users && !this.#addresses) return null;
    const bytes = bytesOf(body);
    const now = this.#now();
    const shared = this.#addresses?.take(address, bytes, now) ?? 0;
    if (shared > 0)
      return fault(
        "rate_limited",
        "As much was written from this address as one may write in a day.",
        shared,
      );
    const own = user === null ? 0 : (this.#users?.take(user, bytes, now) ?? 0);
    if (own === 0) return null;
    this.#addresses?.refund(address, bytes);
    return fault("rate_limited", "You have written as much as a user may in a day.", own);
  }

  /** Returns the charge: the command stored nothing. */
  refund(user: UserId | null, address: string, body: Body): void {
    const bytes = bytesOf(body);
    this.#addresses?.refund(address, bytes);
    if (user !== null) this.#users?.refund(user, bytes);
  }
}

function bytesOf(body: Body): number {
  if ("text" in body) return OVERHEAD + Buffer.byteLength(body.text);
  const topic = "topic" in body && body.topic !== undefined ? Buffer.byteLength(body.topic) : 0;
  const members = body.kind === "create_room" ? (body.members?.length ?? 0) : 0;
  return OVERHEAD * (1 + EVENTS_PER_MEMBER * members) + topic;
}

/** The bytes that each key, such as a user, may still write. The quota refills over a day. */
export class ByteQuota {
  readonly #most: number;
  /** In the order of their last use. */
  readonly #byKey = new Map<string, { left: number; at: number }>();

  /** `most` is in bytes a day. */
  constructor(most: number) {
    this.#most = most;
  }

  /** Keys in memory, for tests. */
  get size(): number {
    return this.#byKey.size;
  }

  /** Takes so many bytes. Returns 0, or in how many milliseconds there are as many. `now` in milliseconds. */
  take(key: string, bytes: number, now: number): number {
    const rate = this.#most / DAY;
    const balance = this.#byKey.get(key) ?? { left: this.#most, at: now };
    this.#byKey.delete(key);
    this.#byKey.set(key, balance);
    if (this.#byKey.size > KEYS) {
      const [oldest] = this.#byKey.keys();
      if (oldest !== undefined) this.#byKey.delete(oldest);
    }
    balance.left = Math.min(this.#most, balance.left + Math.max(0, now - balance.at) * rate);
    balance.at = now;
    // What is larger than the whole quota is accepted when the quota is full.
    const wanted = Math.min(bytes, this.#most);
    // One millisecond more, so that rounding never leaves it short.
    if (balance.left < wanted) return Math.ceil((wanted - balance.left) / rate) + 1;
    balance.left -= wanted;
    return 0;
  }

  /** Returns bytes that were taken. */
  refund(key: string, bytes: number): void {
    const balance = this.#byKey.get(key);
    if (balance) balance.left = Math.min(this.#most, balance.left + Math.min(bytes, this.#most));
  }
}
