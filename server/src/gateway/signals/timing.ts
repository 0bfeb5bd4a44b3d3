/** A clock that never jumps, and a call at a later time. Milliseconds. Passed in, so that a test controls time. */
export interface Timing {
  now(): number;
  /** Runs once, when that much time has passed. Returns a function that cancels it. */
  after(milliseconds: number, run: () => void): () => void;
}

export const realTiming: Timing = {
  now: () => performance.now(),
  after(milliseconds, run) {
    const timer = setTimeout(run, Math.max(0, milliseconds));
    return () => clearTimeout(timer);
  },
};
