/** Lines of one kind that are written in a window, and the length of a window. Milliseconds. */
const LINES = 10;
const WINDOW = 60_000;
/** Kinds that are remembered; beyond it the oldest is dropped. */
const KINDS = 256;

type Kind = { began: number; written: number; suppressed: number };

/**
 * Limits repeated lines, so that a client that can cause one cannot fill the disk or hide other lines. At most 10 lines of a
 * kind are written per minute.
 */
export class RepeatedLines {
  readonly #now: () => number;
  readonly #kinds = new Map<string, Kind>();

  /** `now` in milliseconds. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Null: a line of this kind is not written. Else how many lines of it were suppressed since the last one. */
  take(kind: string): { readonly suppressed: number } | null {
    const now = this.#now();
    const known = this.#kinds.get(kind);
    if (known && now - known.began < WINDOW && now >= known.began) {
      if (known.written >= LINES) {
        known.suppressed++;
        return null;
      }
      known.written++;
      return { suppressed: 0 };
    }
    this.#kinds.delete(kind);
    this.#kinds.set(kind, { began: now, written: 1, suppressed: 0 });
    if (this.#kinds.size > KINDS) this.#kinds.delete(this.#kinds.keys().next().value ?? "");
    return { suppressed: known?.suppressed ?? 0 };
  }
}
