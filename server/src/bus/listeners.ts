import type { Unsubscribe } from "./bus.ts";

/** The listeners of one kind of message. An error in one listener does not affect the others. */
export class Listeners<Message extends readonly unknown[]> {
  readonly #all = new Set<(...message: Message) => void>();
  readonly #onError: (error: unknown) => void;

  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  add(listener: (...message: Message) => void): Unsubscribe {
    this.#all.add(listener);
    return () => void this.#all.delete(listener);
  }

  emit(...message: Message): void {
    for (const listener of this.#all) {
      try {
        listener(...message);
      } catch (error) {
        this.#onError(error);
      }
    }
  }

  clear(): void {
    this.#all.clear();
  }
}
