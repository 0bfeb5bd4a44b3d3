import type { Bus, Published, Unsubscribe } from "./bus.ts";

/** The bus of a single process: a call. It loses nothing by itself, and nobody may rely on that. */
export function memoryBus(onError: (error: unknown) => void): Bus {
  const listeners = new Set<(message: Published) => void>();
  return {
    publish(message) {
      for (const listener of listeners) {
        try {
          listener(message);
        } catch (error) {
          onError(error);
        }
      }
    },
    subscribe(listener): Unsubscribe {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    onGap: () => () => {},
    async close() {
      listeners.clear();
    },
  };
}
