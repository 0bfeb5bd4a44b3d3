import { FAULTS, fault, isFault, type Nonce, type RoomId } from "@parley/protocol";
import type { Command } from "../../core/command.ts";
import type { Committed, Store, Verdict } from "../store.ts";
import { OrderGate, type Sender } from "./order-gate.ts";

export type VerdictCallback = (verdict: Verdict) => void;

export type CommitQueueOptions = {
  /**
   * Commands in one batch, at most. A large one costs less for each command (many rooms share a page of the log, and all
   * share the sync), and in a queue that is longer than a batch no command waits longer for it.
   */
  readonly maxBatch?: number;
  /** With so many waiting the next batch begins at once, see above. */
  readonly largeBatch?: number;
  /** Runs something when the current turn of the event loop is over, so that what arrives together goes together. */
  readonly defer?: (run: () => void) => void;
};

const MAX_BATCH = 4_096;
/** About 2 ms of the store's time: worth more than what a few more commands would save. */
const LARGE_BATCH = 256;

type QueuedCommand = {
  readonly command: Command;
  readonly sender: Sender | null;
  readonly answer: VerdictCallback;
};

/**
 * Gathers commands into batches: what arrives while a batch commits makes the next one. A lone command goes at once.
 * Answers come in the order of the commands, and only after the commit.
 *
 * A large batch begins before the answers of the one before it are given, so that the store never waits. A small one
 * waits until those are out and the sockets were read once: the senders that were just answered join it. In a large room
 * a frame costs the same however much is in it, so half a batch is twice the work.
 *
 * A sender's order in a room is kept over refusals: after one that is not final, its later commands to that room are
 * refused with `held` until the same nonce has come again or was skipped. Commands without a sender promise no order.
 */
export class CommitQueue {
  readonly #store: Pick<Store, "commit">;
  readonly #maxBatch: number;
  readonly #largeBatch: number;
  readonly #defer: (run: () => void) => void;
  readonly #orderGate = new OrderGate();
  readonly #listeners = new Set<(committed: Committed) => void>();
  #queue: QueuedCommand[] = [];
  #state: "idle" | "deferred" | "committing" = "idle";
  #whenIdle: (() => void)[] = [];

  constructor(store: Pick<Store, "commit">, options: CommitQueueOptions = {}) {
    this.#store = store;
    this.#maxBatch = options.maxBatch ?? MAX_BATCH;
    this.#largeBatch = options.largeBatch ?? LARGE_BATCH;
    this.#defer = options.defer ?? ((run) => void setImmediate(run));
  }

  /** How many commands wait for their batch. */
  get waiting(): number {
    return this.#queue.length;
  }

  /** Adds a command to the queue. `answer` is called once: with `held` before this returns, with all else after the commit. */
  submit(command: Command, sender: Sender | null, answer: VerdictCallback): void {
    if (sender !== null && !this.#orderGate.pass(sender, command.body.room, command.nonce)) {
      answer(fault("held"));
      return;
    }
    this.#queue.push({ command, sender, answer });
    if (this.#state !== "idle") return;
    this.#state = "deferred";
    this.#defer(() => this.#next());
  }

  /** `listener` is called for each batch, after all its answers were given. */
  onBatch(listener: (committed: Committed) => void): void {
    this.#listeners.add(listener);
  }

  /** A command was refused before it came here, not finally: later ones to its room are held. False: in too many rooms. */
  hold(sender: Sender, room: RoomId, nonce: Nonce): boolean {
    return this.#orderGate.add(sender, room, nonce);
  }

  /** Whether a command would be refused with `held`. */
  isHeld(sender: Sender, room: RoomId, nonce: Nonce): boolean {
    return this.#orderGate.holds(sender, room, nonce);
  }

  /** The sender gives up a command that was refused or held. */
  skip(sender: Sender, room: RoomId, nonce: Nonce): void {
    this.#orderGate.skip(sender, room, nonce);
  }

  /** Resolves when no batch is being committed and every listener was called for the last one. */
  idle(): Promise<void> {
    if (this.#state === "idle") return Promise.resolve();
    return new Promise((resolve) => this.#whenIdle.push(resolve));
  }

  #next(): void {
    if (this.#queue.length === 0) {
      this.#state = "idle";
      const waiting = this.#whenIdle;
      this.#whenIdle = [];
      for (const resolve of waiting) resolve();
      return;
    }
    this.#state = "committing";
    const batch = this.#queue.length <= this.#maxBatch ? this.#queue : this.#queue.slice(0, this.#maxBatch);
    this.#queue = batch === this.#queue ? [] : this.#queue.slice(this.#maxBatch);
    this.#store.commit(batch.map(({ command }) => command)).then(
      (committed) => this.#committed(batch, committed),
      // The outcome is unknown. The same nonces will settle it.
      () => this.#committed(batch, { verdicts: batch.map(() => fault("internal")), feeds: [] }),
    );
  }

  #committed(batch: readonly QueuedCommand[], committed: Committed): void {
    // First what must not overtake a refused command.
    const held = this.#holdBack(batch, committed.verdicts);
    const large = this.#queue.length >= this.#largeBatch;
    if (large) this.#next();
    for (let i = 0; i < batch.length; i++)
      safely((batch[i] as QueuedCommand).answer, committed.verdicts[i] as Verdict);
    for (const { answer } of held) safely(answer, fault("held"));
    for (const listener of this.#listeners) safely(listener, committed);
    if (large) return;
    // One turn to write what was published, one to read what came in answer.
    this.#state = "deferred";
    this.#defer(() => this.#defer(() => this.#next()));
  }

  /** Takes out of the queue what would overtake a command that was refused and may come again. */
  #holdBack(batch: readonly QueuedCommand[], verdicts: readonly Verdict[]): QueuedCommand[] {
    const refused = new Map<Sender, Set<RoomId>>();
    for (let i = 0; i < batch.length; i++) {
      const { sender, command } = batch[i] as QueuedCommand;
      const verdict = verdicts[i] as Verdict;
      if (sender === null || !isFault(verdict) || FAULTS[verdict.fault].final) continue;
      const { room } = command.body;
      const rooms = refused.get(sender) ?? new Set();
      if (rooms.has(room)) continue;
      refused.set(sender, rooms.add(room));
      this.#orderGate.putBack(sender, room, command.nonce);
    }
    if (refused.size === 0) return [];
    const held: QueuedCommand[] = [];
    this.#queue = this.#queue.filter((waiting) => {
      const { sender, command } = waiting;
      const { room } = command.body;
      if (sender === null || !refused.get(sender)?.has(room)) return true;
      if (this.#orderGate.pass(sender, room, command.nonce)) return true;
      held.push(waiting);
      return false;
    });
    return held;
  }
}

/** A defect of one callback must not keep the others from their answers. It is thrown where the process reports it. */
function safely<T>(call: (value: T) => void, value: T): void {
  try {
    call(value);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
