import type { FeedId } from "@parley/protocol";
import type { KeyValue } from "../base/platform.ts";
import type { Cursors, KeptCursor } from "./cursors.ts";

/** The cursors' place in the storage: one key a feed, so that a change costs the same with any number of feeds. */
export class CursorStorage {
  readonly #prefix: string;
  readonly #storage: KeyValue;
  #isCommitting = false;
  #failure: { readonly error: unknown } | null = null;

  constructor(scope: string, storage: KeyValue) {
    this.#prefix = `parley.cursor.${scope}.`;
    this.#storage = storage;
  }

  load(): KeptCursor[] {
    return this.#storage
      .keys()
      .filter((key) => key.startsWith(this.#prefix))
      .flatMap((key) => read(key.slice(this.#prefix.length), this.#storage.get(key)) ?? []);
  }

  /** Runs a hook, and stores the cursors that changed in one transaction with what the hook put into the storage. */
  commit(cursors: Cursors, hook: () => void): void {
    const run = () => {
      hook();
      for (const { feed, cursor } of cursors.changes()) {
        if (cursor) this.#put(cursor);
        else this.#storage.delete(this.#prefix + feed);
      }
    };
    this.check();
    this.#isCommitting = true;
    try {
      if (this.#storage.transaction) this.#storage.transaction(run);
      else run();
    } catch (error) {
      this.#failure = { error };
      throw error;
    } finally {
      this.#isCommitting = false;
    }
  }

  get isCommitting(): boolean {
    return this.#isCommitting;
  }

  /** Throws what a hook or the storage threw: events were missed here, and only another process continues. */
  check(): void {
    if (this.#failure) throw this.#failure.error;
  }

  #put({ feed, epoch, seq, id }: KeptCursor): void {
    this.#storage.set(this.#prefix + feed, JSON.stringify({ v: 1, epoch, seq, id }));
  }
}

/** Null for what another version wrote, or what is broken: that feed begins anew, and `onPlaced` reports it. */
function read(feed: FeedId, text: string | null): KeptCursor | null {
  if (text === null) return null;
  try {
    const { v, epoch, seq, id } = JSON.parse(text);
    if (v !== 1 || typeof epoch !== "string" || !Number.isSafeInteger(seq) || seq < 0) return null;
    return { feed, epoch, seq, id: typeof id === "string" ? id : null };
  } catch {
    return null;
  }
}
