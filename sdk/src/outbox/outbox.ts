import type { CommandBody, Nonce, RoomId } from "@parley/protocol";
import type { IdMaker } from "../base/ids.ts";
import type { KeyValue, Locks, Platform } from "../base/platform.ts";
import { type CommandFault, type Failure, type OutboxItem, RoomQueue } from "./room-queue.ts";
import { OutboxStorage } from "./storage.ts";

export type { CommandFault, Failure, OutboxItem } from "./room-queue.ts";

/** What became of a fault. */
export type Refusal =
  | { readonly outcome: "failed"; readonly item: OutboxItem }
  | { readonly outcome: "postponed"; readonly item: OutboxItem; readonly stuck: boolean }
  /** An answer to something that is no longer here. */
  | { readonly outcome: "unknown" };

/**
 * Commands until they are answered. Promises: a command is in the storage before `take` gives it away for the first time;
 * it keeps its nonce until an answer says that it was surely not stored; commands to one room leave in the order of
 * `add`; nothing is forgotten unless it was answered or a person discarded it. A page sends what it made itself, and what a
 * page made that is gone; before a command leaves, the storage is asked whether another page has discarded or settled it.
 * Where there are no locks two pages may still send the same command: the server answers duplicates with the first answer.
 */
export interface Outbox {
  /** How many commands wait for an answer; failed ones are not counted. */
  readonly size: number;
  /** Puts a command in, with a new nonce. */
  add(body: CommandBody): OutboxItem;
  /** Puts in a command that is known to be refused, so that its author finds it again. */
  addFailed(body: CommandBody, failure: Failure): OutboxItem;
  /** A room's commands in order, failed ones too. */
  items(room: RoomId): readonly OutboxItem[];
  find(nonce: Nonce): OutboxItem | null;
  /** What may be sent now, in order for each room; it counts as in flight from here on. `now`: milliseconds of a clock that never jumps. */
  take(now: number): readonly OutboxItem[];
  /** When `take` may give something because time has passed, on the clock of `take`; null when it waits for answers only. */
  nextAt(): number | null;
  /** The command was acknowledged; it is gone from the storage when this returns. Null when it was not here. */
  answered(nonce: Nonce): OutboxItem | null;
  /** The command was refused, for good or for now. `now` as for `take`; `random` is at least 0 and below 1. */
  refused(nonce: Nonce, fault: CommandFault, now: number, random: number): Refusal;
  /** Gives up a command that is not in flight. `skip`: the server holds back later ones because of it. */
  discard(nonce: Nonce): { readonly item: OutboxItem; readonly skip: boolean } | null;
  /** Puts a failed command in again, at the end and with a new nonce. Null when there is no such failed command. */
  retry(nonce: Nonce): OutboxItem | null;
  /** The connection is gone: what flew is sent again on the next one. */
  disconnected(): void;
  /** This page will send: it takes over what pages left that are gone. */
  open?(): void;
  /** This page will not send for now: another one may. */
  close?(): void;
}

export type OutboxOptions = {
  /** Whose outbox: part of the storage keys. */
  readonly scope: string;
  readonly storage: KeyValue;
  readonly nonces: IdMaker;
  readonly now: Platform["now"];
  readonly locks?: Locks | undefined;
  /** A room's items changed without a call of this page: taken over from another one, or settled there. */
  readonly changed?: (room: RoomId) => void;
  /** An item was settled or discarded by another page. `skip`: the server holds back later ones because of it. */
  readonly settled?: (item: OutboxItem, skip: boolean) => void;
};

/**
 * The outbox over a storage; takes over what an earlier page left there.
 *
 * @example
 * createClient({ url, token, outbox: (options) => createOutbox({ ...options, storage: ownStorage }) });
 */
export function createOutbox(options: OutboxOptions): Outbox {
  return new StoredOutbox(options);
}

const UNKNOWN: Failure = { code: "internal", text: "It was refused in another tab." };

class StoredOutbox implements Outbox {
  readonly #stored: OutboxStorage;
  readonly #nonces: IdMaker;
  readonly #now: () => number;
  readonly #queues = new Map<RoomId, RoomQueue>();
  readonly #rooms = new Map<Nonce, RoomId>();
  readonly #options: OutboxOptions;
  readonly #page: string;
  /** Pages whose lock is held or asked for, with what ends that. */
  readonly #pages = new Map<string, () => void>();
  /** Commands of earlier pages, and those sent again: no caller waits for their answers, so a text that is refused is kept. */
  readonly #inherited = new Set<Nonce>();
  #stopFollowing: (() => void) | null = null;

  constructor(options: OutboxOptions) {
    const { scope, storage, nonces, now, locks } = options;
    this.#options = options;
    this.#page = locks ? nonces.next() : "";
    this.#stored = new OutboxStorage(scope, storage, this.#page);
    this.#nonces = nonces;
    this.#now = now;
    this.open();
  }

  open(): void {
    if (this.#stopFollowing) return;
    this.#stopFollowing = this.#stored.onChange((nonce) => this.#changedElsewhere(nonce));
    this.#hold(this.#page);
    for (const { page } of this.#stored.load()) this.#hold(page);
  }

  close(): void {
    this.#stopFollowing?.();
    this.#stopFollowing = null;
    for (const release of this.#pages.values()) release();
    this.#pages.clear();
  }

  /** Each page holds a lock of its own name as long as it lives: another page that gets it takes over what that page left. */
  #hold(page: string): void {
    if (this.#pages.has(page)) return;
    const { locks, scope } = this.#options;
    this.#pages.set(page, () => {});
    if (!locks) this.#takeOver(page);
    else
      this.#pages.set(
        page,
        locks.hold(`parley.outbox.${scope}.${page}`, () => this.#takeOver(page)),
      );
  }

  #takeOver(page: string): void {
    for (const { item, page: maker } of this.#stored.load()) {
      if (maker !== page || this.#rooms.has(item.nonce)) continue;
      this.#nonces.follow(item.nonce);
      this.#inherited.add(item.nonce);
      this.#put(item);
      this.#options.changed?.(item.body.room);
    }
  }

  #changedElsewhere(nonce: Nonce): void {
    const stored = this.#stored.get(nonce);
    if (stored !== null && stored !== "unsaved") this.#hold(stored.page);
    const item = this.find(nonce);
    // What flies is settled by its answer.
    if (item && item.state !== "flying") this.#compare(item);
  }

  /** Whether the item is not to be sent, because another page discarded or settled it. It is gone from here, then. */
  #compare(item: OutboxItem): boolean {
    const stored = this.#stored.get(item.nonce);
    if (stored === "unsaved" || (stored !== null && stored.item.state === item.state)) return false;
    const queue = this.#queueOf(item.nonce);
    if (!queue) return true;
    if (stored) queue.failed(item, stored.item.failure ?? UNKNOWN);
    else this.#rooms.delete(item.nonce);
    const skip = stored ? queue.givenUp(item.nonce) : queue.remove(item.nonce);
    this.#options.settled?.(item, skip);
    this.#options.changed?.(item.body.room);
    return true;
  }

  get size(): number {
    let size = 0;
    for (const queue of this.#queues.values()) {
      for (const { state } of queue.items) if (state !== "failed") size++;
    }
    return size;
  }

  add(body: CommandBody): OutboxItem {
    return this.#add({ nonce: this.#nonces.next(), body, at: this.#now(), state: "queued", failure: null });
  }

  addFailed(body: CommandBody, failure: Failure): OutboxItem {
    return this.#add({ nonce: this.#nonces.next(), body, at: this.#now(), state: "failed", failure });
  }

  items(room: RoomId): readonly OutboxItem[] {
    return this.#queues.get(room)?.items ?? [];
  }

  find(nonce: Nonce): OutboxItem | null {
    return this.#queueOf(nonce)?.find(nonce) ?? null;
  }

  take(now: number): readonly OutboxItem[] {
    return [...this.#queues.values()].flatMap((queue) => queue.take(now, (item) => this.#compare(item)));
  }

  nextAt(): number | null {
    let next: number | null = null;
    for (const queue of this.#queues.values()) {
      const at = queue.nextAt();
      if (at !== null && (next === null || at < next)) next = at;
    }
    return next;
  }

  answered(nonce: Nonce): OutboxItem | null {
    const queue = this.#queueOf(nonce);
    const item = queue?.find(nonce);
    if (!queue || !item) return null;
    queue.answered(nonce);
    this.#forget(nonce);
    return item;
  }

  refused(nonce: Nonce, fault: CommandFault, now: number, random: number): Refusal {
    const queue = this.#queueOf(nonce);
    const item = queue?.find(nonce);
    // Only what flies can be refused: a late answer does not bring a failed one back.
    if (!queue || item?.state !== "flying") return { outcome: "unknown" };
    if (!fault.final) return { outcome: "postponed", item, stuck: queue.postponed(item, fault, now, random) };
    const { code, text, advice } = fault;
    const failed = queue.failed(item, { code, text, ...(advice === undefined ? {} : { advice }) });
    if (
      item.body.kind === "send_message" ||
      (item.body.kind === "edit_message" && this.#inherited.has(nonce))
    ) {
      this.#stored.put(failed);
    } else {
      // The caller learns it from the promise; there is nothing to show or to retry.
      queue.remove(nonce);
      this.#forget(nonce);
    }
    return { outcome: "failed", item: failed };
  }

  discard(nonce: Nonce): { item: OutboxItem; skip: boolean } | null {
    const queue = this.#queueOf(nonce);
    const item = queue?.find(nonce);
    if (!queue || !item || item.state === "flying") return null;
    const skip = queue.remove(nonce);
    this.#forget(nonce);
    return { item, skip };
  }

  retry(nonce: Nonce): OutboxItem | null {
    const queue = this.#queueOf(nonce);
    const item = queue?.find(nonce);
    if (!queue || item?.state !== "failed") return null;
    // The new one is stored before the old one goes, so a crash in between loses nothing; the failed one is never sent.
    const again = this.add(item.body);
    this.#inherited.add(again.nonce);
    queue.remove(nonce);
    this.#forget(nonce);
    return again;
  }

  disconnected(): void {
    for (const queue of this.#queues.values()) queue.disconnected();
  }

  #add(item: OutboxItem): OutboxItem {
    this.#stored.put(item);
    this.#put(item);
    return item;
  }

  #put(item: OutboxItem): void {
    const { room } = item.body;
    let queue = this.#queues.get(room);
    if (!queue) {
      queue = new RoomQueue();
      this.#queues.set(room, queue);
    }
    queue.add(item);
    this.#rooms.set(item.nonce, room);
  }

  #queueOf(nonce: Nonce): RoomQueue | undefined {
    const room = this.#rooms.get(nonce);
    return room === undefined ? undefined : this.#queues.get(room);
  }

  /** The queue stays, also when empty: its pauses are the server's word. */
  #forget(nonce: Nonce): void {
    this.#rooms.delete(nonce);
    this.#inherited.delete(nonce);
    this.#stored.delete(nonce);
  }
}
