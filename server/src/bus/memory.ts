import type { Bus, Published, Signal, Unsubscribe } from "./bus.ts";

/** The bus of a single process: a function call. It loses nothing, but callers must not rely on that. */
export function memoryBus(onError: (error: unknown) => void): Bus {
  const published = new Listeners<Published>(onError);
  const signals = new Listeners<Signal>(onError);
  return {
    publish: (message) => published.emit(message),
    subscribe: (listener) => published.add(listener),
    signal: (signal) => signals.emit(signal),
    onSignal: (listener) => signals.add(listener),
    onGap: () => () => {},
    async close() {
      published.clear();
      signals.clear();
    },
  };
}

/** The listeners of one kind of message. An error in one listener does not affect the others. */
class Listeners<T> {
  readonly #all = new Set<(message: T) => void>();
  readonly #onError: (error: unknown) => void;

  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  add(listener: (message: T) => void): Unsubscribe {
    this.#all.add(listener);
    return () => void this.#all.delete(listener);
  }

  emit(message: T): void {
    for (const listener of this.#all) {
      try {
        listener(message);
      } catch (error) {
        this.#onError(error);
      }
    }
  }

  clear(): void {
    this.#all.clear();
  }
}
