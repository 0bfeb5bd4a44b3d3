/** How long a result is cached, so that frequent calls cost one question. Milliseconds. */
const CACHE_TIME = 1_000;

export type ProbeParts = {
  /** Resolves when the probed part answers. */
  readonly ask: () => Promise<unknown>;
  /** How long the answer may take. Milliseconds. */
  readonly timeout: number;
  /** Milliseconds of a clock that never jumps. */
  readonly monotonicNow: () => number;
  readonly wait: (milliseconds: number) => Promise<unknown>;
};

/** Returns a check whether a part answers in time. Concurrent calls share one question. */
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
