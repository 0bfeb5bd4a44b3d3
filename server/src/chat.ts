import type { Nonce, RoomId } from "@parley/protocol";
import type { Bus } from "./bus/bus.ts";
import type { Command } from "./core/command.ts";
import type { Sender } from "./store/commit/order-gate.ts";
import type { CommitQueue } from "./store/commit/queue.ts";
import type { Committed, Verdict } from "./store/store.ts";

/**
 * Submits commands and publishes their events. A command goes to the commit queue; when its batch is committed and synced,
 * the senders get their verdicts and the events are published on the bus. Sockets receive events from the bus only.
 *
 * Acks are sent right after the events: what is published in one turn of the loop is written at its end, so a sender gets
 * both in one write, before the other members of the room. Frames of 16 KB and more are written to all sockets at once; then
 * the acks go first.
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
   * Queues a command. `answer` is called once, when the result is on disk or the command is rejected. Commands of one sender
   * to one room keep their order (P5); with null there is no order.
   */
  submit(command: Command, sender: Sender | null, answer: (verdict: Verdict) => void): void {
    this.#queue.submit(command, sender, answer);
  }

  /** Like `submit` without a sender, as a promise. */
  perform(command: Command): Promise<Verdict> {
    return new Promise((resolve) => this.submit(command, null, resolve));
  }

  /** Answers later commands of this sender to this room with `held` until this nonce is sent again. False: too many rooms. */
  hold(sender: Sender, room: RoomId, nonce: Nonce): boolean {
    return this.#queue.hold(sender, room, nonce);
  }

  /** Whether a command of this sender would be answered with `held` now. */
  isHeld(sender: Sender, room: RoomId, nonce: Nonce): boolean {
    return this.#queue.isHeld(sender, room, nonce);
  }

  skip(sender: Sender, room: RoomId, nonce: Nonce): void {
    this.#queue.skip(sender, room, nonce);
  }

  /** Calls the listener once for each batch, after its answers: acks that were kept until then are sent. */
  onSettled(listener: () => void): void {
    this.#settled.add(listener);
  }

  /** Resolves when no command is queued or being committed. */
  idle(): Promise<void> {
    return this.#queue.idle();
  }
}

/** What the runtime buffers for a socket in one turn; larger frames are written directly. Characters: at most the bytes. */
const FRAME_CHARACTERS = 16_000;

function fillsAFrame({ events }: Committed["feeds"][number]): boolean {
  let size = 0;
  for (const { text } of events) size += text.length;
  return size > FRAME_CHARACTERS;
}
