/** How long an answer counts, so that many who ask cost one question. Milliseconds. */
const FRESH = 1_000;

export type AnsweringParts = {
  /** Settles when the asked is alive. */
  readonly ask: () => Promise<unknown>;
  /** How long it may take. Milliseconds. */
  readonly within: number;
  /** Milliseconds of a clock that never jumps. */
  readonly steady: () => number;
  readonly wait: (milliseconds: number) => Promise<unknown>;
};

/** Whether somebody answers in time. However many want to know, there is one question out. */
export function answering({ ask, within, steady, wait }: AnsweringParts): () => Promise<boolean> {
  let last = Number.NEGATIVE_INFINITY;
  let asking: Promise<boolean> | null = null;
  const question = async () => {
    try {
      await ask();
      last = steady();
      return true;
    } catch {
      return false;
    } finally {
      asking = null;
    }
  };
  return async () => {
    if (steady() - last < FRESH) return true;
    asking ??= question();
    return Promise.race([asking, wait(within).then(() => false)]);
  };
}
