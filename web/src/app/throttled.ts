/** The least time between two calls, in milliseconds: a change after a pause is shown at once, a flood 15 times a second. */
export const INTERVAL = 66;

/** What paces by; tests own it. */
export type Clock = {
  now(): number;
  /** Runs once after `ms` milliseconds; the returned function calls it off. */
  timer(ms: number, run: () => void): () => void;
};

const browserClock: Clock = {
  now: () => performance.now(),
  timer(ms, run) {
    const id = setTimeout(run, ms);
    return () => clearTimeout(id);
  },
};

/** Calls `listener` for each `tell`, but many in a short time become one; the last of them is never left out. */
export function throttled(listener: () => void, clock: Clock = browserClock): { tell(): void; stop(): void } {
  let last = Number.NEGATIVE_INFINITY;
  let cancel: (() => void) | null = null;
  const call = () => {
    cancel = null;
    last = clock.now();
    listener();
  };
  return {
    tell() {
      if (cancel !== null) return;
      const rest = last + INTERVAL - clock.now();
      if (rest <= 0) call();
      else cancel = clock.timer(rest, call);
    },
    stop() {
      cancel?.();
      cancel = null;
    },
  };
}
