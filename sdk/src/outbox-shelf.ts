import { type Nonce, UUID_PATTERN } from "@parley/protocol";
import type { OutboxItem } from "./lane.ts";
import type { KeyValue } from "./platform.ts";

/**
 * The outbox's place in the storage: one key an item, so that two tabs never overwrite each other's. Keys end with the
 * nonce, a UUIDv7, so sorting them gives the order in which the commands were made.
 */
export class OutboxShelf {
  readonly #prefix: string;
  readonly #storage: KeyValue;

  constructor(scope: string, storage: KeyValue) {
    this.#prefix = `parley.outbox.${scope}.`;
    this.#storage = storage;
  }

  /** Everything that is there, oldest first. What flew when the page went away is queued again. */
  load(): OutboxItem[] {
    const items: OutboxItem[] = [];
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

  /** A storage that is full or forbidden does not keep anybody from talking: then the item lives as long as the page. */
  put({ nonce, body, at, failure }: OutboxItem): void {
    try {
      this.#storage.set(this.#prefix + nonce, JSON.stringify({ v: 1, body, at, failure }));
    } catch {}
  }

  delete(nonce: Nonce): void {
    try {
      this.#storage.delete(this.#prefix + nonce);
    } catch {}
  }
}

/** Null for what another version wrote, or what is broken: it stays where it is and is not sent. */
function read(nonce: Nonce, text: string | null): OutboxItem | null {
  if (text === null) return null;
  try {
    const { v, body, at, failure } = JSON.parse(text);
    if (v !== 1 || typeof body?.kind !== "string" || typeof body.room !== "string") return null;
    return { nonce, body, at: Number(at), state: failure ? "failed" : "queued", failure: failure ?? null };
  } catch {
    return null;
  }
}
