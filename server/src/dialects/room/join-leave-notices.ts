import type { Timing } from "../../gateway/signals/timing.ts";
import type { JoinLeaveNotice } from "../encoder.ts";

/** So many within a second get a notice each. */
const SINGLE_NOTICES = 10;
const SECOND = 1_000;
/** How many are named in a summary. */
const NAMES_IN_SUMMARY = 2;

/**
 * Publishes the joins, or the departures, of one room: ten within a second one by one, beyond that one notice a second
 * with the rest. A storm of N costs N / 1 s frames at most, not N squared.
 */
export class JoinLeaveNotices {
  readonly #timing: Timing;
  readonly #wallClock: () => number;
  readonly #publish: (notice: JoinLeaveNotice) => void;
  #begun = Number.NEGATIVE_INFINITY;
  #sent = 0;
  #names: string[] = [];
  #more = 0;
  #cancelTimer: (() => void) | null = null;

  /** `wallClock` is milliseconds UTC, for the time in a notice. */
  constructor(timing: Timing, wallClock: () => number, publish: (notice: JoinLeaveNotice) => void) {
    this.#timing = timing;
    this.#wallClock = wallClock;
    this.#publish = publish;
  }

  add(name: string): void {
    const now = this.#timing.now();
    if (now - this.#begun >= SECOND && this.#cancelTimer === null) {
      this.#begun = now;
      this.#sent = 0;
    }
    if (this.#sent < SINGLE_NOTICES) {
      this.#sent++;
      this.#publish({ names: [name], more: 0, at: this.#wallClock() });
      return;
    }
    if (this.#names.length < NAMES_IN_SUMMARY) this.#names.push(name);
    else this.#more++;
    this.#cancelTimer ??= this.#timing.after(this.#begun + SECOND - now, () => this.#publishSummary());
  }

  stop(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
  }

  #publishSummary(): void {
    this.#cancelTimer = null;
    const summary = { names: this.#names, more: this.#more, at: this.#wallClock() };
    this.#names = [];
    this.#more = 0;
    // The next second is summed up again: it is still a storm.
    this.#begun = this.#timing.now();
    this.#sent = SINGLE_NOTICES;
    this.#publish(summary);
  }
}
