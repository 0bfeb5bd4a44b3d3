/** Upper bound of the first pause and of every pause, in milliseconds. The cap leaves room to be back within 10 s of healing. */
export const BACKOFF = { base: 250, cap: 8_000 } as const;

/**
 * A pause in milliseconds with full jitter: anything between 0 and min(cap, base * 2^attempt)
 * (M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015). `random` is at least 0 and below 1.
 */
export function backoff(attempt: number, random: number): number {
  const ceiling = Math.min(BACKOFF.cap, BACKOFF.base * 2 ** Math.min(attempt, 30));
  return Math.floor(random * (ceiling + 1));
}
