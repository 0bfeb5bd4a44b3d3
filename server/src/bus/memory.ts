import { type Bus, newBusCounts, type Published, type Signal } from "./bus.ts";
import { Listeners } from "./listeners.ts";

/** The bus of a single process: a function call. It loses nothing, but callers must not rely on that. */
export function memoryBus(onError: (error: unknown) => void, node = "this node"): Bus {
  const published = new Listeners<[Published, boolean]>(onError);
  const signals = new Listeners<[Signal]>(onError);
  return {
    node,
    counts: newBusCounts(),
    publish: (message) => published.emit(message, true),
    subscribe: (listener) => published.add(listener),
    follow() {},
    unfollow() {},
    signal: (signal) => signals.emit(signal),
    onSignal: (listener) => signals.add(listener),
    onGap: () => () => {},
    state: () => "alone",
    onState: () => () => {},
    onNodes: () => () => {},
    async close() {
      published.clear();
      signals.clear();
    },
  };
}
