import type { Advice, CommandBody, Nonce } from "@parley/protocol";
import { backoff } from "../base/backoff.ts";

/** Why a command was refused for good. */
export type Failure = { readonly code: string; readonly text: string; readonly advice?: Advice };

/**
 * A command on its way. `queued`: to be sent. `flying`: sent on this connection, not answered. `failed`: refused for
 * good; it stays for a person to retry or discard.
 */
export type OutboxItem = {
  readonly nonce: Nonce;
  readonly body: CommandBody;
  /** When it was put in, milliseconds UTC on this device's clock. */
  readonly at: number;
  readonly state: "queued" | "flying" | "failed";
  readonly failure: Failure | null;
};

/** A fault in answer to a command. `retryAfter` in milliseconds, 0 when the server gave none. */
export type CommandFault = Failure & { readonly final: boolean; readonly retryAfter: number };

/** How many commands to one room may be without an answer. After a refusal it starts again from one. */
const WINDOW = 16;

/**
 * The commands to one room, in their order. Several fly at once; that keeps the order because the server holds back
 * whatever comes behind a command that it could not take (P5). After such a fault nothing is sent until every command in
 * flight has its answer, then all of them go again from the first: so nothing new can slip in between.
 */
export class RoomQueue {
  #items: OutboxItem[] = [];
  #window = WINDOW;
  #faults = 0;
  #recovering = false;
  #pausedUntil = 0;
  /** The command that made the server hold back the later ones, on this connection. */
  #heldBy: Nonce | null = null;

  get items(): readonly OutboxItem[] {
    return this.#items;
  }

  add(item: OutboxItem): void {
    this.#items.push(item);
  }

  find(nonce: Nonce): OutboxItem | undefined {
    return this.#items.find((item) => item.nonce === nonce);
  }

  /** What may be sent now, in order; it counts as in flight from here on. Items for which `stays` is true are left out. */
  take(now: number, stays: (item: OutboxItem) => boolean = () => false): OutboxItem[] {
    if (now < this.#pausedUntil) return [];
    this.#pausedUntil = 0;
    let flying = this.#flying();
    if (this.#recovering && flying > 0) return [];
    this.#recovering = false;
    const taken: OutboxItem[] = [];
    for (const item of this.#items) {
      if (item.state !== "queued") continue;
      if (flying >= this.#window) break;
      if (stays(item)) continue;
      flying++;
      taken.push(this.#change(item, { state: "flying" }));
      if (item.nonce === this.#heldBy) this.#heldBy = null;
    }
    return taken;
  }

  /** When `take` may give something because time has passed; null when it waits for nothing but answers. */
  nextAt(): number | null {
    if (this.#pausedUntil === 0 || !this.#items.some(({ state }) => state === "queued")) return null;
    return this.#pausedUntil;
  }

  answered(nonce: Nonce): void {
    this.remove(nonce);
    this.#faults = 0;
    this.#window = Math.min(WINDOW, this.#window + 1);
  }

  failed(item: OutboxItem, failure: Failure): OutboxItem {
    return this.#change(item, { state: "failed", failure });
  }

  /**
   * The command was not taken for now and keeps its nonce. True when it was held although nothing of ours holds the
   * room: only another connection gets out of that.
   */
  postponed(item: OutboxItem, fault: CommandFault, now: number, random: number): boolean {
    this.#change(item, { state: "queued" });
    this.#recovering = true;
    if (fault.code === "held") return this.#heldBy === null;
    // Answers come out of order: the earliest refused one is what the server waits for.
    const first = this.#items.find(({ nonce }) => nonce === item.nonce || nonce === this.#heldBy);
    this.#heldBy = first?.nonce ?? item.nonce;
    this.#window = 1;
    const until = now + fault.retryAfter + backoff(this.#faults++, random);
    this.#pausedUntil = Math.max(this.#pausedUntil, until);
    return false;
  }

  /** The connection is gone: all that flew goes again, and the server holds nothing any more. */
  disconnected(): void {
    for (const item of this.#items) if (item.state === "flying") this.#change(item, { state: "queued" });
    this.#recovering = false;
    this.#heldBy = null;
  }

  /** Takes it out. True when the server holds back later commands because of it, and needs a `skip`. */
  remove(nonce: Nonce): boolean {
    this.#items = this.#items.filter((item) => item.nonce !== nonce);
    return this.givenUp(nonce);
  }

  /** It will not be sent again. True when the server holds back later commands because of it, and needs a `skip`. */
  givenUp(nonce: Nonce): boolean {
    if (this.#heldBy !== nonce) return false;
    this.#heldBy = null;
    return true;
  }

  #flying(): number {
    let count = 0;
    for (const { state } of this.#items) if (state === "flying") count++;
    return count;
  }

  #change(item: OutboxItem, change: Partial<OutboxItem>): OutboxItem {
    const changed = { ...item, ...change };
    this.#items = this.#items.map((other) => (other.nonce === item.nonce ? changed : other));
    return changed;
  }
}
