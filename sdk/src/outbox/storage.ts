import { type Nonce, UUID_PATTERN } from "@parley/protocol";
import type { KeyValue } from "../base/platform.ts";
import type { OutboxItem } from "./room-queue.ts";

/** An item, and the page that made it: an earlier version of the SDK names none. */
export type StoredItem = { readonly item: OutboxItem; readonly page: string };

/**
 * The outbox's place in the storage: one key an item, so that two tabs never overwrite each other's. Keys end with the
 * nonce, a UUIDv7, so sorting them gives the order in which the commands were made.
 */
export class OutboxStorage {
  readonly #prefix: string;
  readonly #storage: KeyValue;
  readonly #page: string;
  /** Items that the storage did not take: it does not show whether they are still wanted. */
  readonly #unsaved = new Set<Nonce>();

  /** `page`: which page made an item; kept with it. */
  constructor(scope: string, storage: KeyValue, page: string) {
    this.#prefix = `parley.outbox.${scope}.`;
    this.#storage = storage;
    this.#page = page;
  }

  /** Calls with the nonce of each item that another page changes; the returned function ends that. */
  onChange(listener: (nonce: Nonce) => void): () => void {
    const changed = (key: string) => {
      if (key.startsWith(this.#prefix)) listener(key.slice(this.#prefix.length));
    };
    return this.#storage.onChange?.(changed) ?? (() => {});
  }

  /** The item as it is now; null when it is no longer there. `unsaved` when it never was. */
  get(nonce: Nonce): StoredItem | "unsaved" | null {
    if (this.#unsaved.has(nonce)) return "unsaved";
    try {
      return read(nonce, this.#storage.get(this.#prefix + nonce));
    } catch {
      return "unsaved";
    }
  }

  /** Everything that is there, oldest first. What flew when the page went away is queued again. */
  load(): StoredItem[] {
    const items: StoredItem[] = [];
    for (const key of this.#storage
      .keys()
      .filter((key) => key.startsWith(this.#prefix))
      .sort()) {
      const nonce = key.slice(this.#prefix.length);
      const item = UUID_PATTERN.test(nonce) ? read(nonce, this.#storage.get(key)) : null;
      if (item) items.push(item);
    }
    return items;
  }

  /** Where the storage is full or forbidden, the item lives as long as the page. */
  put({ nonce, body, at, failure }: OutboxItem): void {
    try {
      this.#storage.set(this.#prefix + nonce, JSON.stringify({ v: 1, page: this.#page, body, at, failure }));
      this.#unsaved.delete(nonce);
    } catch {
      this.#unsaved.add(nonce);
    }
  }

  delete(nonce: Nonce): void {
    this.#unsaved.delete(nonce);
    try {
      this.#storage.delete(this.#prefix + nonce);
    } catch {}
  }
}

/** Null for what another version wrote, or what is broken: it stays where it is and is not sent. */
function read(nonce: Nonce, text: string | null): StoredItem | null {
  if (text === null) return null;
  try {
    const { v, page = "", body, at, failure } = JSON.parse(text);
    if (v !== 1 || typeof body?.kind !== "string" || typeof body.room !== "string") return null;
    const state = failure ? "failed" : "queued";
    return { page: String(page), item: { nonce, body, at: Number(at), state, failure: failure ?? null } };
  } catch {
    return null;
  }
}
