import type { Nonce } from "@parley/protocol";
import type { Bus } from "./bus/bus.ts";
import type { Command } from "./core/command.ts";
import type { Lane } from "./store/lane.ts";
import type { Committed, Verdict } from "./store/store.ts";

/** Names one sender and one room, for P5: what one device sends to one room keeps its order. Null where no order is promised. */
export type Order = string | null;

/**
 * The one door in. A command goes to the store's lane; when its batch is committed and synced, the senders have their
 * verdicts and the events go onto the bus. Sockets hear of them from the bus and from nowhere else. Acks leave right
 * behind: what is published in one turn waits for its end, so that a sender gets ack and events in one write, and before
 * the rest of the room.
 */
export class Chat {
  readonly #lane: Lane;
  readonly #settled = new Set<() => void>();

  constructor(parts: { lane: Lane; bus: Bus; epoch: string }) {
    this.#lane = parts.lane;
    this.#lane.onBatch(({ feeds }: Committed) => {
      for (const { feed, events } of feeds) parts.bus.publish({ epoch: parts.epoch, feed, events });
      for (const listener of this.#settled) listener();
    });
  }

  /** Hands a command over. `answer` is called once, when the outcome is on disk or refused. */
  submit(command: Command, order: Order, answer: (verdict: Verdict) => void): void {
    this.#lane.submit(command, order, answer);
  }

  /** As `submit`, for callers that wait. */
  perform(command: Command, order: Order = null): Promise<Verdict> {
    return new Promise((resolve) => this.submit(command, order, resolve));
  }

  /** From now on later commands of this order are `held` until this nonce comes again or is skipped. */
  hold(order: string, nonce: Nonce): void {
    this.#lane.hold(order, nonce);
  }

  skip(order: string, nonce: Nonce): void {
    this.#lane.skip(order, nonce);
  }

  /** Forgets all holds of a socket that is gone. */
  release(prefix: string): void {
    this.#lane.release(prefix);
  }

  /** Called when the answers of a batch were given and its events were published. */
  onSettled(listener: () => void): void {
    this.#settled.add(listener);
  }

  /** Resolves when nothing is on its way to the store. */
  idle(): Promise<void> {
    return this.#lane.idle();
  }
}
