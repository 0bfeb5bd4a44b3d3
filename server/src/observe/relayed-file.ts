/** How much is buffered before it is handed on, and for how long at most. Characters, milliseconds. */
const BUFFERED = 16_384;
const FLUSH_DELAY = 250;

/** A log file that another process writes: the lines go there in blocks, those of an eager file at once. */
export class RelayedFile {
  readonly #send: (lines: string) => void;
  readonly #eager: boolean;
  #lines = "";
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(send: (lines: string) => void, eager: boolean) {
    this.#send = send;
    this.#eager = eager;
  }

  /** The process that writes it opens it. */
  open(): void {}

  write(lines: string): void {
    this.#lines += lines;
    if (this.#eager || this.#lines.length >= BUFFERED) this.flushSync();
    else this.#timer ??= setTimeout(() => this.flushSync(), FLUSH_DELAY).unref();
  }

  flushSync(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#lines === "") return;
    const lines = this.#lines;
    this.#lines = "";
    this.#send(lines);
  }

  async close(): Promise<void> {
    this.flushSync();
  }
}
