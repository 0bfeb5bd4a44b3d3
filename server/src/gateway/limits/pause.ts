/** A wait of one loop of work that can be ended early, as when the connection that it works for closes. */
export class Pause {
  #end: (() => void) | null = null;

  /** Resolves after so many milliseconds, or at `end`. One wait at a time. */
  wait(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#end?.(), milliseconds);
      this.#end = () => {
        clearTimeout(timer);
        this.#end = null;
        resolve();
      };
    });
  }

  end(): void {
    this.#end?.();
  }
}
