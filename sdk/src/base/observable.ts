/**
 * A value with listeners. A snapshot is immutable and keeps its identity until something
 * changes, as React's useSyncExternalStore asks for.
 */
export interface Observable<T> {
  get(): T;
  /** Calls `listener` after each change; the returned function ends that. */
  subscribe(listener: () => void): () => void;
}

/** The notifications of the outermost `batch`, to be run when it ends. */
const changed = new Set<() => void>();
let depth = 0;

/** Runs something that may change the same snapshot many times; its listeners are called once, at the end. */
export function batch(run: () => void): void {
  depth++;
  try {
    run();
  } finally {
    depth--;
    if (depth === 0) {
      const pending = [...changed];
      changed.clear();
      for (const notify of pending) notify();
    }
  }
}

/** A snapshot that is made by `get`, at most once for each change. */
export class Derived<T> implements Observable<T> {
  readonly #make: () => T;
  readonly #same: (one: T, other: T) => boolean;
  readonly #listeners = new Set<() => void>();
  #snapshot: { readonly value: T; fresh: boolean } | null = null;

  /** Where `same` is true of the old and the new value, the old snapshot stays. */
  constructor(make: () => T, same: (one: T, other: T) => boolean = Object.is) {
    this.#make = make;
    this.#same = same;
  }

  get = (): T => {
    const old = this.#snapshot;
    if (old?.fresh) return old.value;
    const made = this.#make();
    const value = old && this.#same(old.value, made) ? old.value : made;
    this.#snapshot = { value, fresh: true };
    return value;
  };

  subscribe = (listener: () => void): (() => void) => {
    // A wrapper of its own, so that the same function may listen twice and leave once.
    const own = () => listener();
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  };

  /** What the snapshot is made of has changed. */
  invalidate(): void {
    if (this.#snapshot) this.#snapshot.fresh = false;
    if (depth > 0) changed.add(this.#tell);
    else this.#tell();
  }

  /** All listeners are called, also after one that throws. */
  #tell = (): void => {
    for (const listener of [...this.#listeners]) {
      try {
        listener();
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  };
}
