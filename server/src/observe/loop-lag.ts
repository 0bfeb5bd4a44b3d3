import { monitorEventLoopDelay } from "node:perf_hooks";

/** How often the loop is looked at. Milliseconds. */
const EVERY = 20;
/** How long one window lasts. Milliseconds. */
const WINDOW = 30_000;

/** Seconds by which the loop was late. */
export type Lag = { readonly p50: number; readonly p99: number; readonly max: number };

const NONE: Lag = { p50: 0, p99: 0, max: 0 };

/**
 * How late the process gets to what is due, over the last 30 to 60 s: the worse of the window that runs and the one before
 * it. So it does not matter who asks how often.
 */
export class LoopLag {
  readonly #histogram = monitorEventLoopDelay({ resolution: EVERY });
  readonly #timer: ReturnType<typeof setInterval>;
  #before: Lag = NONE;

  constructor() {
    this.#histogram.enable();
    this.#timer = setInterval(() => {
      this.#before = this.#running();
      this.#histogram.reset();
    }, WINDOW);
    this.#timer.unref();
  }

  read(): Lag {
    const now = this.#running();
    const worse = (name: keyof Lag) => Math.max(now[name], this.#before[name]);
    return { p50: worse("p50"), p99: worse("p99"), max: worse("max") };
  }

  close(): void {
    clearInterval(this.#timer);
    this.#histogram.disable();
  }

  /** An empty histogram answers with the ends of its range. */
  #running(): Lag {
    if (this.#histogram.count === 0) return NONE;
    const seconds = (nanoseconds: number) => Math.max(0, nanoseconds / 1e9);
    return {
      p50: seconds(this.#histogram.percentile(50)),
      p99: seconds(this.#histogram.percentile(99)),
      max: seconds(this.#histogram.max),
    };
  }
}
