import type { Bus, Published, Signal, Unsubscribe } from "./bus.ts";

/** The bus of a single process: a call. It loses nothing by itself, and nobody may rely on that. */
export function memoryBus(onError: (error: unknown) => void): Bus {
  const published = new Listeners<Published>(onError);
  const signals = new Listeners<Signal>(onError);
  return {
    publish: (message) => published.tell(message),
    subscribe: (listener) => published.add(listener),
    signal: (signal) => signals.tell(signal),
    onSignal: (listener) => signals.add(listener),
    onGap: () => () => {},
    async close() {
      published.clear();
      signals.clear();
    },
  };
}

/** Those who hear one kind of thing. One that throws does not keep the others from hearing. */
class Listeners<T> {
  readonly #all = new Set<(heard: T) => void>();
  readonly #onError: (error: unknown) => void;

  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  add(listener: (heard: T) => void): Unsubscribe {
    this.#all.add(listener);
    return () => void this.#all.delete(listener);
  }

  tell(heard: T): void {
    for (const listener of this.#all) {
      try {
        listener(heard);
      } catch (error) {
        this.#onError(error);
      }
    }
  }

  clear(): void {
    this.#all.clear();
  }
}
