import type { UserId } from "@parley/protocol";
import type { Timing } from "./timing.ts";

/** How long a typing signal stays valid. Milliseconds. */
export const TYPING_TIMEOUT = 6_000;

type TypingUser = { readonly name: string; readonly until: number };

/** The users who are typing in one room. Each signal is valid for six seconds. */
export class TypingSet {
  readonly #timing: Timing;
  readonly #onExpired: () => void;
  /** In the order in which they expire. */
  readonly #all = new Map<UserId, TypingUser>();
  #cancelTimer: (() => void) | null = null;

  /** `onExpired` is called when time has removed users, one call for all that expired together. */
  constructor(timing: Timing, onExpired: () => void) {
    this.#timing = timing;
    this.#onExpired = onExpired;
  }

  get size(): number {
    return this.#all.size;
  }

  mark(user: { readonly id: UserId; readonly name: string }): void {
    this.#all.delete(user.id);
    this.#all.set(user.id, { name: user.name, until: this.#timing.now() + TYPING_TIMEOUT });
    this.#schedule();
  }

  /** Returns whether the user was typing. */
  end(user: UserId): boolean {
    return this.#all.delete(user);
  }

  /** Removes the users whose signals are no longer valid. Returns whether there were any. */
  expire(): boolean {
    const now = this.#timing.now();
    const before = this.#all.size;
    for (const [user, { until }] of this.#all) {
      if (until > now) break;
      this.#all.delete(user);
    }
    return this.#all.size < before;
  }

  clear(): void {
    this.#all.clear();
  }

  list(): { id: UserId; name: string }[] {
    return [...this.#all].map(([id, { name }]) => ({ id, name }));
  }

  /** Cancels the timer: nothing expires by itself any more. */
  stop(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
  }

  /** One timer for all: it waits for the first to expire. */
  #schedule(): void {
    const [first] = this.#all.values();
    if (this.#cancelTimer || !first) return;
    this.#cancelTimer = this.#timing.after(first.until - this.#timing.now(), () => {
      this.#cancelTimer = null;
      if (this.expire()) this.#onExpired();
      this.#schedule();
    });
  }
}
