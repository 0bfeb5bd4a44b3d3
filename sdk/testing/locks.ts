import type { KeyValue, Locks } from "../src/base/platform.ts";
import { memoryKeyValue } from "../src/base/platform.ts";

type Waiting = { readonly name: string; readonly granted: () => void; held: boolean };

/** Locks in memory, as pages of one origin share them: granted in the order of asking, when the test settles them. */
export class SimLocks implements Locks {
  #queue: Waiting[] = [];

  hold(name: string, granted: () => void): () => void {
    const waiting = { name, granted, held: false };
    this.#queue.push(waiting);
    return () => {
      this.#queue = this.#queue.filter((other) => other !== waiting);
    };
  }

  /** Grants whatever is free. */
  settle(): void {
    for (const waiting of [...this.#queue]) {
      const first = this.#queue.find(({ name }) => name === waiting.name);
      if (first !== waiting || waiting.held) continue;
      waiting.held = true;
      waiting.granted();
    }
  }
}

/** A storage that several pages share: each is notified of what the others change, when the test delivers it. */
export class SharedStorage {
  readonly #real = memoryKeyValue();
  readonly #listeners = new Map<object, (key: string) => void>();
  #changes: { readonly by: object; readonly key: string }[] = [];

  /** What one page sees of it. */
  page(): KeyValue {
    const by = {};
    const changed = (key: string) => void this.#changes.push({ by, key });
    return {
      keys: () => this.#real.keys(),
      get: (key) => this.#real.get(key),
      set: (key, value) => {
        this.#real.set(key, value);
        changed(key);
      },
      delete: (key) => {
        this.#real.delete(key);
        changed(key);
      },
      onChange: (listener) => {
        this.#listeners.set(by, listener);
        return () => void this.#listeners.delete(by);
      },
    };
  }

  /** Tells each page what the others changed. */
  deliver(): void {
    const changes = this.#changes;
    this.#changes = [];
    for (const { by, key } of changes) {
      for (const [page, listener] of this.#listeners) if (page !== by) listener(key);
    }
  }
}
