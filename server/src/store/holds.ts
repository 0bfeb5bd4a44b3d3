import type { Nonce } from "@parley/protocol";

/**
 * Keeps the order of one sender in one room over refusals that are not final (P5, SPEC CM-7): while a refused command may
 * come again, later ones of its order are held. It protects a sender who, once refused, waits for the answers to all that
 * is on its way and then begins again from the refused one.
 */
export class Holds {
  readonly #refused = new Map<string, Nonce>();

  /** Whether a command may pass. The refused one may, and then others may too. */
  pass(order: string, nonce: Nonce): boolean {
    // Almost always nobody is held, and then no key needs hashing.
    if (this.#refused.size === 0) return true;
    const refused = this.#refused.get(order);
    if (refused === undefined) return true;
    if (refused !== nonce) return false;
    this.#refused.delete(order);
    return true;
  }

  /** A newcomer was refused. What was refused before it still comes first. */
  add(order: string, nonce: Nonce): void {
    if (!this.#refused.has(order)) this.#refused.set(order, nonce);
  }

  /** A command that had passed was refused after all: it comes before all that were refused since. */
  putBack(order: string, nonce: Nonce): void {
    this.#refused.set(order, nonce);
  }

  /** The sender gives this command up. */
  skip(order: string, nonce: Nonce): void {
    if (this.#refused.get(order) === nonce) this.#refused.delete(order);
  }

  /** Forgets all orders that begin so. */
  release(prefix: string): void {
    for (const order of this.#refused.keys()) if (order.startsWith(prefix)) this.#refused.delete(order);
  }
}
