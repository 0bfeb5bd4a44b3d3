import type { UserId } from "@parley/protocol";

/** How long a sign of writing holds. Milliseconds. */
export const TYPING_TIMEOUT = 6_000;

type TypingUser = { readonly name: string; readonly until: number };

/** Who is writing in one room. Each sign holds for six seconds. Pure: it is told the time. */
export class TypingSet {
  /** In the order in which their signs run out. */
  readonly #all = new Map<UserId, TypingUser>();

  get size(): number {
    return this.#all.size;
  }

  /** When the next one runs out; null when nobody writes. */
  get next(): number | null {
    const [first] = this.#all.values();
    return first?.until ?? null;
  }

  mark(user: { readonly id: UserId; readonly name: string }, now: number): void {
    this.#all.delete(user.id);
    this.#all.set(user.id, { name: user.name, until: now + TYPING_TIMEOUT });
  }

  /** Returns whether the user was writing. */
  end(user: UserId): boolean {
    return this.#all.delete(user);
  }

  /** Lets run out what is over. Returns whether anything was. */
  expire(now: number): boolean {
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
}
