/** How often the free space is read. Milliseconds. */
const LOOK_EACH = 2_000;

export type DiskSpaceParts = {
  /** Bytes that must stay free; 0 looks at nothing. */
  readonly reserve: number;
  /** Bytes that are free on the disk of the store. */
  readonly free: () => Promise<number>;
  /** Told once when the disk is low, and once when it no longer is. */
  readonly changed: (low: boolean, free: number) => void;
};

/** Watches the free space of the store's disk beside the traffic: no write waits for it. */
export class DiskSpace {
  readonly #parts: DiskSpaceParts;
  readonly #timer: ReturnType<typeof setInterval> | null;
  #low = false;

  constructor(parts: DiskSpaceParts) {
    this.#parts = parts;
    this.#timer = parts.reserve > 0 ? setInterval(() => void this.look(), LOOK_EACH) : null;
    this.#timer?.unref();
  }

  get isLow(): boolean {
    return this.#low;
  }

  /** Reads the free space. Where it cannot be read nothing changes: a write will say what is wrong. */
  async look(): Promise<void> {
    const { reserve, free, changed } = this.#parts;
    if (reserve === 0) return;
    const bytes = await free().catch(() => null);
    if (bytes === null || bytes < reserve === this.#low) return;
    this.#low = bytes < reserve;
    changed(this.#low, bytes);
  }

  stop(): void {
    if (this.#timer) clearInterval(this.#timer);
  }
}
