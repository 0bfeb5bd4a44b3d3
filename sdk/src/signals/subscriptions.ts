import { LIMITS, type RoomId } from "@parley/protocol";
import type { Platform } from "../base/platform.ts";

export type SignalSubscriptionsParts = {
  readonly platform: Pick<Platform, "timer">;
  /** Whether a frame can be sent now. */
  live(): boolean;
  /** Whether the room is the user's. */
  mine(room: RoomId): boolean;
  send(rooms: RoomId[]): void;
  /** Signals of these rooms come from now on, and of no others. */
  changed(rooms: ReadonlySet<RoomId>): void;
};

/** The rooms whose signals are wanted: the sum of what several parts of an app want, sent to the server when it changes. */
export class SignalSubscriptions {
  readonly #parts: SignalSubscriptionsParts;
  /** In the order in which they began. */
  readonly #wanted = new Set<readonly RoomId[]>();
  #sent: ReadonlySet<RoomId> = new Set();
  #stopTimer: (() => void) | null = null;

  constructor(parts: SignalSubscriptionsParts) {
    this.#parts = parts;
  }

  begin(rooms: readonly RoomId[]): () => void {
    const own = [...rooms];
    this.#wanted.add(own);
    this.changed();
    return () => {
      if (this.#wanted.delete(own)) this.changed();
    };
  }

  /** The wanted rooms, or the user's, have changed: sent at the end of this turn, so that many changes are one frame. */
  changed(): void {
    this.#stopTimer ??= this.#parts.platform.timer(0, () => {
      this.#stopTimer = null;
      this.#send();
    });
  }

  /** The connection resumes, or the last frame was not taken: the list is sent again even if it is the same. */
  resend(): void {
    this.#sent = new Set();
    this.#send();
  }

  /** The connection is gone, and every signal with it. */
  disconnected(): void {
    this.#stopTimer?.();
    this.#stopTimer = null;
    this.#sent = new Set();
    this.#parts.changed(this.#sent);
  }

  #send(): void {
    if (!this.#parts.live()) return;
    const rooms = this.#rooms();
    if (rooms.size === this.#sent.size && [...rooms].every((room) => this.#sent.has(room))) return;
    this.#sent = rooms;
    this.#parts.changed(rooms);
    this.#parts.send([...rooms]);
  }

  /** The newest first, as many as the server takes. */
  #rooms(): Set<RoomId> {
    const rooms = new Set<RoomId>();
    for (const wanted of [...this.#wanted].reverse()) {
      for (const room of wanted) {
        if (rooms.size < LIMITS.watched && this.#parts.mine(room)) rooms.add(room);
      }
    }
    return rooms;
  }
}
