import type { Log } from "../observe/log.ts";
import { BackOff } from "./back-off.ts";
import type { Child, StartFailure } from "./child.ts";

export type SlotParts = {
  /** Starts the process of this slot. */
  readonly spawn: () => Child;
  readonly name: string;
  readonly log: Log;
  /** It could not start again after it had ended. True: the server ends, and it is not tried again. */
  readonly onFailure: (failure: StartFailure) => boolean;
  /** Milliseconds of a clock that never jumps. */
  readonly monotonicNow: () => number;
};

/** How long a process has to end in order before it is killed. Milliseconds. */
export const END_WITHIN = 20_000;

/** The place of one process in a server: a process that ends by itself is followed by another. */
export class Slot {
  readonly name: string;
  restarts = 0;
  readonly #parts: SlotParts;
  readonly #backOff = new BackOff();
  #child: Child | null = null;
  #isUp = false;
  #isClosed = false;
  /** False: a start that fails is the failure of the server's start. */
  #hasServed = false;
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(parts: SlotParts) {
    this.#parts = parts;
    this.name = parts.name;
  }

  /** The process that runs now; null between two. */
  get child(): Child | null {
    return this.#child;
  }

  get isUp(): boolean {
    return this.#isUp;
  }

  /** Starts the process for the first time. Returns its port or why it could not start. */
  start(): Child["started"] {
    return this.#run(this.#parts.spawn());
  }

  /** Puts a new process in the place of the one that runs: first the new one serves, then the old one ends. */
  async replace(): Promise<void> {
    const old = this.#child;
    // One that has just ended is started again anyway.
    if (!old || this.#isClosed) return;
    const child = this.#parts.spawn();
    const started = await child.started;
    if ("message" in started) {
      this.#parts.log.error({ kept: this.name, reason: started.message }, "a worker could not be replaced");
      child.kill();
      return;
    }
    old.isStopping = true;
    if (this.#timer) clearTimeout(this.#timer);
    // It ended while the new one started, and was followed by another one.
    if (this.#child !== old) this.#child?.kill();
    void this.#run(child);
    await old.stop(END_WITHIN);
  }

  /** Ends the process and starts another, for one that cannot run twice. */
  async restart(): Promise<void> {
    const old = this.#child;
    if (!old || this.#isClosed) return;
    this.#isUp = false;
    await old.stop(END_WITHIN);
    if (!this.#isClosed && this.#child === null) await this.#again();
  }

  /** Ends the process; no other follows. */
  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#timer) clearTimeout(this.#timer);
    await this.#child?.stop(END_WITHIN);
  }

  kill(): void {
    this.#isClosed = true;
    if (this.#timer) clearTimeout(this.#timer);
    this.#child?.kill();
  }

  async #run(child: Child): Promise<Awaited<Child["started"]>> {
    this.#child = child;
    void child.ended.then((ending) => {
      if (this.#child !== child) return;
      this.#child = null;
      this.#isUp = false;
      if (child.isStopping || this.#isClosed || !this.#hasServed) return;
      const wait = this.#backOff.wait(this.#parts.monotonicNow() - child.startedAt);
      this.restarts++;
      this.#parts.log.warn({ ended: this.name, ...ending, wait }, "a worker ended; it is started again");
      this.#timer = setTimeout(() => void this.#again(), wait);
    });
    const started = await child.started;
    if ("port" in started && this.#child === child) {
      this.#isUp = true;
      this.#hasServed = true;
    }
    return started;
  }

  async #again(): Promise<void> {
    const started = await this.#run(this.#parts.spawn());
    // A process that ended without a word is started again by its end.
    if ("message" in started && started.reported && this.#parts.onFailure(started)) this.#isClosed = true;
  }
}
