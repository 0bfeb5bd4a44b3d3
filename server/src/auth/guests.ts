import { createHash } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import type { Fault } from "@parley/protocol";
import { FAULTS, fault, isFault, nameKey } from "@parley/protocol";
import { nameProblem } from "@parley/protocol/name-policy";
import type { Store, User } from "../store/store.ts";

/** What is stored of a token. A token has 256 random bits, so its digest cannot be reversed by guessing and needs no salt. */
export function tokenHash(token: string): string {
  return createHash("sha256").update(token).digest("base64url");
}

/** The rate limits of an address for signing in. A refusal is a fault; `null` allows it. */
export interface GuestAllowance {
  /** Whether another sign-in may fail. Called before the name is looked up; consumes nothing. */
  mayFail(): Fault | null;
  /** A sign-in failed: an unknown token without a name, a name that is taken or not the guest's. */
  failed(): void;
  /** Charges for a new guest. */
  take(): Fault | null;
  /** Refunds the charge: the guest was not created. */
  giveBack(): void;
}

/** Sign-ins in one transaction: commits of messages have to get in between. */
const MAX_BATCH = 500;
/**
 * The shortest time between the beginnings of two transactions while several sign-ins come together: those of this time
 * share one, and then one of their joinings, too. One that comes alone does not wait. Milliseconds.
 */
const BATCH_EVERY = 40;

const UNLIMITED: GuestAllowance = { mayFail: () => null, failed() {}, take: () => null, giveBack() {} };

/**
 * Guests: users with a name and a token that the client generated. The same pair is the same guest, so signing in may be
 * repeated; the name belongs to the token until the token is revoked.
 */
export class Guests {
  readonly #store: Store;
  readonly #open: boolean;
  readonly #newId: () => string;
  readonly #now: () => number;
  readonly #monotonicNow: () => number;
  #waiting: { hash: string; name: string | null; settle: (answer: User | Fault) => void }[] = [];
  #busy = false;
  /** When the last transaction began. Milliseconds of a clock that never jumps. */
  #begunAt = Number.NEGATIVE_INFINITY;
  /** It was for several sign-ins. */
  #together = false;

  constructor(parts: {
    store: Store;
    open: boolean;
    newId: () => string;
    now: () => number;
    monotonicNow: () => number;
  }) {
    this.#store = parts.store;
    this.#open = parts.open;
    this.#newId = parts.newId;
    this.#now = parts.now;
    this.#monotonicNow = parts.monotonicNow;
  }

  /** The user of this token, or null. */
  known(token: string): Promise<User | null> {
    return this.#store.userByToken(tokenHash(token));
  }

  /**
   * Finds the guest, or creates it. Concurrent requests share one transaction. The name is checked before a new guest is
   * charged for, and every fault refunds the charge, so that rejected sign-ins cannot use up the limit of new guests.
   * Faults: guests_off, name_needed, name_taken, name_differs, storage, and those of the allowance.
   */
  async signIn(
    token: string,
    name: string | null,
    allowance: GuestAllowance = UNLIMITED,
  ): Promise<User | Fault> {
    const hash = tokenHash(token);
    const known = await this.#store.userByToken(hash);
    if (!this.#open && !known) return fault("guests_off");
    // A known guest needs no transaction, unless the name differs and the store has to say why.
    if (known && (!this.#open || name === null || nameKey(name) === nameKey(known.name))) return known;
    const refused = allowance.mayFail();
    if (refused) return refused;
    const problem = known || name === null ? null : nameProblem(name);
    if (problem !== null) {
      allowance.failed();
      return fault("invalid", `name: ${problem}.`);
    }
    if (!known && name !== null && (await this.#store.nameHeld(name))) {
      // The token may have become this guest since it was looked up, when the client sent its hello twice.
      const meanwhile = await this.#store.userByToken(hash);
      if (meanwhile) return this.#settle(hash, name);
      allowance.failed();
      return fault("name_taken");
    }
    const charged = !known && name !== null;
    const exhausted = charged ? allowance.take() : null;
    if (exhausted) return exhausted;
    const answer = await this.#settle(hash, name);
    if (isFault(answer)) {
      if (charged) allowance.giveBack();
      if (FAULTS[answer.fault].final) allowance.failed();
    }
    return answer;
  }

  #settle(hash: string, name: string | null): Promise<User | Fault> {
    return new Promise((settle) => {
      this.#waiting.push({ hash, name, settle });
      if (!this.#busy) void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#busy = true;
    while (this.#waiting.length > 0) {
      const pause = this.#begunAt + BATCH_EVERY - this.#monotonicNow();
      if (pause > 0 && (this.#together || this.#waiting.length > 1)) await wait(pause);
      this.#begunAt = this.#monotonicNow();
      const batch = this.#waiting.splice(0, MAX_BATCH);
      this.#together = batch.length > 1;
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
