import type { Nonce } from "@parley/protocol";
import type { Bus } from "./bus/bus.ts";
import type { Command } from "./core/command.ts";
import type { Lane } from "./store/lane.ts";
import type { Committed, Verdict } from "./store/store.ts";

/** Names one sender and one room, for P5: what one device sends to one room keeps its order. Null where no order is promised. */
export type Order = string | null;

/**
 * The one door in. A command goes to the store's lane; when its batch is committed and synced, the senders have their
 * verdicts and the events go onto the bus. Sockets hear of them from the bus and from nowhere else.
 *
 * Acks leave right behind the events: what is published in one turn waits for its end, so a sender gets both in one write,
 * and before the rest of the room. But frames of 16 KB and more are written at once, to everybody; then the acks go first.
 */
export class Chat {
  readonly #lane: Lane;
  readonly #settled = new Set<() => void>();

  constructor(parts: { lane: Lane; bus: Bus; epoch: string }) {
    this.#lane = parts.lane;
    this.#lane.onBatch(({ feeds }: Committed) => {
      const publish = () => {
        for (const { feed, events } of feeds) parts.bus.publish({ epoch: parts.epoch, feed, events });
      };
      const settle = () => {
        for (const listener of this.#settled) listener();
      };
      if (feeds.some(fillsAFrame)) {
        settle();
        publish();
      } else {
        publish();
        settle();
      }
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

  /** Called once for each batch, when its answers were given: acks that were kept for this moment go out. */
  onSettled(listener: () => void): void {
    this.#settled.add(listener);
  }

  /** Resolves when nothing is on its way to the store. */
  idle(): Promise<void> {
    return this.#lane.idle();
  }
}

/** What the runtime gathers of one turn for a socket; larger frames go around that. Characters: at most the bytes. */
const GATHERED = 16_000;

function fillsAFrame({ events }: Committed["feeds"][number]): boolean {
  let size = 0;
  for (const { text } of events) size += text.length;
  return size > GATHERED;
}
