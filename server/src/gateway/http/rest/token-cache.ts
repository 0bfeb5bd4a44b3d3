import { token } from "@parley/protocol/schemas";
import type { Guests } from "../../../auth/guests.ts";
import type { User } from "../../../store/store.ts";

/** The header as everybody writes it. Another way of writing it holds, too, and is not remembered. */
const PLAIN = "Bearer ".length + 43;
/** How long an answer is believed, so that who is no longer known is refused soon. Milliseconds. */
const GOOD_FOR = 5_000;
/** Headers remembered at once. Above it all are forgotten: looking one up again costs 12 us. */
const MOST = 10_000;

/** Who asks, by the request's `Authorization`. A client that sends many requests is looked up once in a while. */
export class Bearers {
  readonly #guests: Pick<Guests, "known">;
  /** Milliseconds of a clock that never jumps. */
  readonly #steady: () => number;
  readonly #seen = new Map<string, { readonly user: User; readonly until: number }>();

  constructor(guests: Pick<Guests, "known">, steady: () => number) {
    this.#guests = guests;
    this.#steady = steady;
  }

  /** The user whose token it is; null for any other header and for none. */
  async user(authorization: string | null): Promise<User | null> {
    if (authorization === null) return null;
    const seen = this.#seen.get(authorization);
    if (seen && seen.until > this.#steady()) return seen.user;
    const bearer = /^Bearer +(\S+)$/i.exec(authorization)?.[1];
    const user = token.safeParse(bearer).success ? await this.#guests.known(bearer ?? "") : null;
    if (!user || authorization.length !== PLAIN) return user;
    if (this.#seen.size >= MOST) this.#seen.clear();
    this.#seen.set(authorization, { user, until: this.#steady() + GOOD_FOR });
    return user;
  }
}
