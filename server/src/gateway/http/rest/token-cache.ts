import { token } from "@parley/protocol/schemas";
import type { Guests } from "../../../auth/guests.ts";
import type { User } from "../../../store/store.ts";

/** The usual form of the header. Other forms are accepted, too, and not cached. */
const PLAIN = "Bearer ".length + 43;
/** How long an entry is valid, so that a user who no longer exists is refused soon. Milliseconds. */
const CACHE_TIME = 5_000;
/** Headers remembered at once. Above it all are forgotten: looking one up again costs 12 us. */
const MAX_TOKENS = 10_000;

/** The user of a request's `Authorization`. A client that sends many requests is looked up once in a while. */
export class TokenCache {
  readonly #guests: Pick<Guests, "known">;
  /** Milliseconds of a clock that never jumps. */
  readonly #monotonicNow: () => number;
  readonly #seen = new Map<string, { readonly user: User; readonly until: number }>();

  constructor(guests: Pick<Guests, "known">, monotonicNow: () => number) {
    this.#guests = guests;
    this.#monotonicNow = monotonicNow;
  }

  /** The user whose token it is; null for any other header and for none. */
  async user(authorization: string | null): Promise<User | null> {
    if (authorization === null) return null;
    const seen = this.#seen.get(authorization);
    if (seen && seen.until > this.#monotonicNow()) return seen.user;
    const bearer = /^Bearer +(\S+)$/i.exec(authorization)?.[1];
    const user = token.safeParse(bearer).success ? await this.#guests.known(bearer ?? "") : null;
    if (!user || authorization.length !== PLAIN) return user;
    if (this.#seen.size >= MAX_TOKENS) this.#seen.clear();
    this.#seen.set(authorization, { user, until: this.#monotonicNow() + CACHE_TIME });
    return user;
  }
}
