import { FAULTS, isFault, type Nonce, type RoomId } from "@parley/protocol";
import type { Chat } from "../../chat.ts";
import type { Log } from "../../observe/log.ts";
import type { User } from "../../store/store.ts";
import type { Timing } from "./timing.ts";

/** A user's position in a room is stored at most this often. Milliseconds. */
const WRITE_INTERVAL = 2_000;

/**
 * `seq` is the newest position that was asked for since one was handed to the store, 0 when none was. It is not compared
 * with that one: a position beyond the head was stored as the head of its moment.
 */
type PendingMark = { readonly user: User; readonly room: RoomId; seq: number; cancelTimer: () => void };

export type ReadMarksParts = {
  readonly chat: Pick<Chat, "perform">;
  readonly newNonce: () => Nonce;
  /** Milliseconds UTC, for what is stored. */
  readonly now: () => number;
  readonly timing: Timing;
  readonly log: Log;
};

/**
 * Positions on their way to the store: of a user's `read` frames for one room the first is stored at once, then the newest
 * of each two seconds, from whichever of the user's sessions they came and whether or not it still lives.
 */
export class ReadMarks {
  readonly #parts: ReadMarksParts;
  readonly #marks = new Map<string, PendingMark>();
  #ended = false;

  constructor(parts: ReadMarksParts) {
    this.#parts = parts;
  }

  /** How many wait, or were stored so recently that the next would wait. */
  get size(): number {
    return this.#marks.size;
  }

  mark(user: User, room: RoomId, seq: number): void {
    const key = `${user.id} ${room}`;
    const known = this.#marks.get(key);
    if (known) {
      known.seq = Math.max(known.seq, seq);
      return;
    }
    const mark: PendingMark = { user, room, seq, cancelTimer: () => {} };
    this.#marks.set(key, mark);
    this.#store(key, mark);
  }

  /** Stores all that wait: the server shuts down. */
  flush(): void {
    this.#ended = true;
    for (const mark of this.#marks.values()) {
      mark.cancelTimer();
      if (mark.seq > 0) void this.#perform(mark);
    }
    this.#marks.clear();
  }

  #store(key: string, mark: PendingMark): void {
    void this.#perform(mark);
    mark.cancelTimer = this.#parts.timing.after(WRITE_INTERVAL, () => {
      if (mark.seq > 0) this.#store(key, mark);
      else this.#marks.delete(key);
    });
  }

  /** The store could not take it now. The client gets no answer to a read mark, so the server itself retries. */
  #retry({ user, room }: PendingMark, seq: number): void {
    if (this.#ended) return;
    const known = this.#marks.get(`${user.id} ${room}`);
    if (!known) this.mark(user, room, seq);
    else known.seq = Math.max(known.seq, seq);
  }

  async #perform(mark: PendingMark): Promise<void> {
    const { chat, newNonce, now, log } = this.#parts;
    const { user, room, seq } = mark;
    mark.seq = 0;
    const actor = { id: user.id, name: user.name, walk_in: false };
    const body = { kind: "mark_read", room, seq } as const;
    const verdict = await chat.perform({ actor, nonce: newNonce(), at: now(), body });
    if (!isFault(verdict)) return;
    log.debug({ user: user.id, room, fault: verdict.fault }, "a read position was refused");
    if (!FAULTS[verdict.fault].final) this.#retry(mark, seq);
  }
}
