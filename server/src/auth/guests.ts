import { createHash } from "node:crypto";
import type { Fault } from "@parley/protocol";
import { fault, nameKey } from "@parley/protocol";
import type { Store, User } from "../store/store.ts";

/** What is kept of a token. It holds 256 random bits, so a plain digest cannot be guessed back and needs no salt. */
export function tokenHash(token: string): string {
  return createHash("sha256").update(token).digest("base64url");
}

/**
 * Guests: a name and a token of the client's making. The same pair again is the same guest, so signing in may be
 * repeated freely; a name belongs to its token for as long as the token lives.
 */
export class Guests {
  readonly #store: Store;
  readonly #open: boolean;
  readonly #newId: () => string;
  readonly #now: () => number;
  #waiting: { hash: string; name: string | null; settle: (answer: User | Fault) => void }[] = [];
  #busy = false;

  constructor(parts: { store: Store; open: boolean; newId: () => string; now: () => number }) {
    this.#store = parts.store;
    this.#open = parts.open;
    this.#newId = parts.newId;
    this.#now = parts.now;
  }

  /** Who holds this token, if anybody does. */
  known(token: string): Promise<User | null> {
    return this.#store.userByToken(tokenHash(token));
  }

  /**
   * Finds the guest, or makes it. Those who come at the same time share one transaction. `mayMake` is asked before a new
   * one is made. Faults: guests_off, name_needed, name_taken, name_differs, and what `mayMake` says.
   */
  async signIn(
    token: string,
    name: string | null,
    mayMake: () => Fault | null = () => null,
  ): Promise<User | Fault> {
    const hash = tokenHash(token);
    const known = await this.#store.userByToken(hash);
    if (!this.#open && !known) return fault("guests_off");
    // Who comes back needs no transaction, unless the store has to say what is wrong with the name.
    if (known && (!this.#open || name === null || nameKey(name) === nameKey(known.name))) return known;
    const refused = known || name === null ? null : mayMake();
    if (refused) return refused;
    return new Promise((settle) => {
      this.#waiting.push({ hash, name, settle });
      if (!this.#busy) void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#busy = true;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, 500);
      const at = this.#now();
      const requests = batch.map(({ hash, name }) => ({ token_hash: hash, name, id: this.#newId(), at }));
      try {
        const answers = await this.#store.signIn(requests);
        for (const [index, { settle }] of batch.entries()) settle(answers[index] ?? fault("internal"));
      } catch {
        for (const { settle } of batch) settle(fault("storage"));
      }
    }
    this.#busy = false;
  }
}
