/** How long an answer counts, so that many who ask cost one question. Milliseconds. */
const CACHE_TIME = 1_000;

export type ProbeParts = {
  /** Settles when the asked is alive. */
  readonly ask: () => Promise<unknown>;
  /** How long it may take. Milliseconds. */
  readonly timeout: number;
  /** Milliseconds of a clock that never jumps. */
  readonly monotonicNow: () => number;
  readonly wait: (milliseconds: number) => Promise<unknown>;
};

/** Whether somebody answers in time. However many want to know, there is one question out. */
export function probe({ ask, timeout, monotonicNow, wait }: ProbeParts): () => Promise<boolean> {
  let last = Number.NEGATIVE_INFINITY;
  let asking: Promise<boolean> | null = null;
  const question = async () => {
    try {
      await ask();
      last = monotonicNow();
      return true;
    } catch {
      return false;
    } finally {
      asking = null;
    }
  };
  return async () => {
    if (monotonicNow() - last < CACHE_TIME) return true;
    asking ??= question();
    return Promise.race([asking, wait(timeout).then(() => false)]);
  };
}
