/**
 * Between the end of a process and its next start: doubled from the first to the last. The last is below the time for which
 * gateways wait for the store process (link.ts). Milliseconds.
 */
const FIRST = 100;
const LAST = 5_000;
/** A process that ran for so long begins again with the first. Milliseconds. */
const STABLE = 5_000;

/** How long to wait before a process that ended is started again, so that one that ends at once costs little. */
export class BackOff {
  #next = FIRST;

  /** `ran`: how long the process lived. Milliseconds. */
  wait(ran: number): number {
    if (ran >= STABLE) this.#next = FIRST;
    const wait = this.#next;
    this.#next = Math.min(this.#next * 2, LAST);
    return wait;
  }
}
