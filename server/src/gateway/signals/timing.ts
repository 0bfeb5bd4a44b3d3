/** A clock that never jumps, and a call at a later time. Milliseconds. Given from outside, so that a test owns time. */
export interface Timing {
  now(): number;
  /** Runs once, when that much time has passed. Returns what calls it off. */
  after(milliseconds: number, run: () => void): () => void;
}

export const realTiming: Timing = {
  now: () => performance.now(),
  after(milliseconds, run) {
    const timer = setTimeout(run, Math.max(0, milliseconds));
    return () => clearTimeout(timer);
  },
};
