import type { Nonce, RoomId } from "@parley/protocol";
import type { Bus } from "./bus/bus.ts";
import type { Command } from "./core/command.ts";
import type { Sender } from "./store/commit/order-gate.ts";
import type { CommitQueue } from "./store/commit/queue.ts";
import type { Committed, Verdict } from "./store/store.ts";

/**
 * The one door in. A command goes to the commit queue; when its batch is committed and synced, the senders have their
 * verdicts and the events go onto the bus. Sockets hear of them from the bus and from nowhere else.
 *
 * Acks leave right behind the events: what is published in one turn waits for its end, so a sender gets both in one write,
 * and before the rest of the room. But frames of 16 KB and more are written at once, to everybody; then the acks go first.
 */
export class Chat {
  readonly #queue: CommitQueue;
  readonly #settled = new Set<() => void>();

  constructor(parts: { queue: CommitQueue; bus: Bus; epoch: string }) {
    this.#queue = parts.queue;
    this.#queue.onBatch(({ feeds }: Committed) => {
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

  /**
   * Hands a command over. `answer` is called once, when the outcome is on disk or refused. What one sender sends to one
   * room keeps its order (P5); null promises none.
   */
  submit(command: Command, sender: Sender | null, answer: (verdict: Verdict) => void): void {
    this.#queue.submit(command, sender, answer);
  }

  /** As `submit` without a sender, for callers that wait. */
  perform(command: Command): Promise<Verdict> {
    return new Promise((resolve) => this.submit(command, null, resolve));
  }

  /** From now on later commands of this sender to this room are `held` until this nonce comes again. False: too many rooms. */
  hold(sender: Sender, room: RoomId, nonce: Nonce): boolean {
    return this.#queue.hold(sender, room, nonce);
  }

  /** Whether a command of this sender would be refused with `held` now. */
  isHeld(sender: Sender, room: RoomId, nonce: Nonce): boolean {
    return this.#queue.isHeld(sender, room, nonce);
  }

  skip(sender: Sender, room: RoomId, nonce: Nonce): void {
    this.#queue.skip(sender, room, nonce);
  }

  /** Called once for each batch, when its answers were given: acks that were kept for this moment go out. */
  onSettled(listener: () => void): void {
    this.#settled.add(listener);
  }

  /** Resolves when nothing is on its way to the store. */
  idle(): Promise<void> {
    return this.#queue.idle();
  }
}

/** What the runtime gathers of one turn for a socket; larger frames go around that. Characters: at most the bytes. */
const FRAME_CHARACTERS = 16_000;

function fillsAFrame({ events }: Committed["feeds"][number]): boolean {
  let size = 0;
  for (const { text } of events) size += text.length;
  return size > FRAME_CHARACTERS;
}
