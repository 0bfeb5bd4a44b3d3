import { type Fault, fault, type UserId } from "@parley/protocol";
import type { Body } from "../../core/command.ts";
import { KeyedRateLimiter } from "./rate-limiter.ts";

/** How often users are brought into rooms by others; null lifts it. Rates are an hour's, bursts what may come at once. */
export type ContactLimits = {
  /** Direct rooms and invitations of one user; an address has ADDRESS_SHARE times as many. */
  readonly contactRate: number;
  readonly contactBurst: number;
  /** Direct rooms and invitations that reach one user, from all others. */
  readonly contactedRate: number;
  readonly contactedBurst: number;
} | null;

const NONE: readonly UserId[] = [];
const HOUR = 3_600;
/** Several people are behind one address. */
const ADDRESS_SHARE = 5;

/**
 * Counts direct rooms and invitations by the user who begins them, by address, and by the user whom they reach. A command
 * takes one token from each bucket or none.
 */
export class Contacts {
  readonly #now: () => number;
  readonly #users: KeyedRateLimiter | null;
  readonly #addresses: KeyedRateLimiter | null;
  readonly #targets: KeyedRateLimiter | null;

  /** `now` is milliseconds of a clock that never jumps. */
  constructor(limits: ContactLimits, now: () => number) {
    this.#now = now;
    this.#users = limits && new KeyedRateLimiter(limits.contactRate / HOUR, limits.contactBurst);
    this.#addresses =
      limits &&
      new KeyedRateLimiter((ADDRESS_SHARE * limits.contactRate) / HOUR, ADDRESS_SHARE * limits.contactBurst);
    this.#targets = limits && new KeyedRateLimiter(limits.contactedRate / HOUR, limits.contactedBurst);
  }

  /** Charges for the users that the command brings into a room. `address` is a key of `addressKey`. Fault: rate_limited. */
  take(user: UserId, address: string, body: Body): Fault | null {
    const taken: [KeyedRateLimiter, string][] = [];
    for (const [buckets, key, why] of this.#charges(user, address, body)) {
      const wait = buckets.take(key, this.#now());
      if (wait === 0) {
        taken.push([buckets, key]);
        continue;
      }
      for (const [other, charged] of taken) other.refund(charged);
      return fault("rate_limited", why, wait);
    }
    return null;
  }

  /** The command was refused, or had been carried out before: that costs nothing. */
  giveBack(user: UserId, address: string, body: Body): void {
    for (const [buckets, key] of this.#charges(user, address, body)) buckets.refund(key);
  }

  *#charges(user: UserId, address: string, body: Body): Iterable<[KeyedRateLimiter, string, string]> {
    const [users, addresses, targets] = [this.#users, this.#addresses, this.#targets];
    if (!users || !addresses || !targets) return;
    for (const target of targetsOf(body)) {
      yield [users, user, "You have begun many conversations and invitations."];
      yield [addresses, address, "Many conversations and invitations were begun from this address."];
      yield [targets, target, "This user has been invited often."];
    }
  }
}

/** The users that a command brings into a room, besides its author: none for almost all commands. */
export function targetsOf(body: Body): readonly UserId[] {
  switch (body.kind) {
    case "create_direct":
    case "invite_member":
      return [body.user];
    case "create_room":
      return [...new Set(body.members)];
    default:
      return NONE;
  }
}
